import { Socket } from 'node:net';
import { connect, type SecureContextOptions, TLSSocket } from 'node:tls';
import type {
  ConnectionEncrypter,
  MessageStream,
  SecureConnectionOptions,
  SecuredConnection,
  StreamMuxerFactory,
} from '@libp2p/interface';
import { tls, type TLSComponents } from '@libp2p/tls';
import { generateCertificate, toMessageStream, verifyPeerCertificate } from '@libp2p/tls/utils';

/** ALPN of a peer that names no multiplexer (libp2p's TLS specification). */
const NO_MUXER = 'libp2p';

/**
 * libp2p's TLS (`/tls/1.0.0`) on the handle of a TCP connection's own socket. The library puts a
 * stream in JavaScript between the two, through which every read and write goes: with fifty links
 * at half load a packet's time in sockets and encryption was 78 µs by it, and is 54. Where there is
 * no such socket (WebSockets), `library` does it.
 */
export function socketTls(
  library: (components: TLSComponents) => ConnectionEncrypter = tls(),
): (components: TLSComponents) => ConnectionEncrypter {
  return (components) => {
    const encrypter = library(components);
    const inbound = encrypter.secureInbound.bind(encrypter);
    const outbound = encrypter.secureOutbound.bind(encrypter);
    encrypter.secureInbound = (connection, options = {}) => {
      const socket = socketOf(connection);
      if (socket === undefined) return inbound(connection, options);
      return secure(socket, connection, true, components, options);
    };
    encrypter.secureOutbound = (connection, options = {}) => {
      const socket = socketOf(connection);
      if (socket === undefined) return outbound(connection, options);
      return secure(socket, connection, false, components, options);
    };
    return encrypter;
  };
}

/** The socket below, which libp2p keeps to itself, if all that was to be written has gone to it. */
function socketOf(connection: MessageStream): Socket | undefined {
  const socket: unknown = Reflect.get(connection, 'socket');
  return socket instanceof Socket && connection.writeBufferLength === 0 ? socket : undefined;
}

async function secure(
  socket: Socket,
  connection: MessageStream,
  server: boolean,
  { privateKey, upgrader }: TLSComponents,
  options: SecureConnectionOptions,
): Promise<SecuredConnection> {
  const muxers: ReadonlyMap<string, StreamMuxerFactory> =
    options.skipStreamMuxerNegotiation === true ? new Map() : upgrader.getStreamMuxers();
  // Before the socket is taken: it lets turns of the event loop pass.
  const certificate = await generateCertificate(privateKey, options);
  await takeOver(socket, connection);
  const secured = begin(ifOpen(socket), server, certificate, [...muxers.keys(), NO_MUXER]);
  resetOnlyWhereAllowed(socket, secured);
  const giveUp = (): void => void secured.destroy(new Error('the handshake took too long'));
  options.signal?.addEventListener('abort', giveUp);
  try {
    await handshake(secured, connection);
    const { raw } = ifOpen(secured).getPeerCertificate();
    const remotePeer = await verifyPeerCertificate(raw, options.remotePeer, connection.log);
    const streamMuxer = muxers.get(String(secured.alpnProtocol));
    return {
      remotePeer,
      connection: toMessageStream(connection, ifOpen(secured)),
      ...(streamMuxer === undefined ? {} : { streamMuxer }),
    };
  } catch (error) {
    secured.destroy();
    connection.abort(error instanceof Error ? error : new Error(String(error)));
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', giveUp);
  }
}

/** Whoever takes a socket that has ended would wait for its end for ever. */
function ifOpen<S extends Socket>(socket: S): S {
  if (socket.readyState !== 'open') throw new Error('the connection ended within its handshake');
  return socket;
}

/** Ends the connection's reading of its socket; what came behind the negotiation TLS reads first. */
async function takeOver(socket: Socket, connection: MessageStream): Promise<void> {
  socket.removeAllListeners('data');
  socket.pause();
  const early: Uint8Array[] = [];
  const collect = ({ data }: { readonly data: { subarray(): Uint8Array } }): void => {
    early.push(data.subarray());
  };
  // A new listener is given what a stream holds, in a microtask.
  connection.addEventListener('message', collect);
  await Promise.resolve();
  connection.removeEventListener('message', collect);
  for (const bytes of early.toReversed()) socket.unshift(bytes);
}

/** Both ends show a certificate that they have signed themselves; what it says is judged afterwards. */
function begin(
  socket: Socket,
  server: boolean,
  certificate: SecureContextOptions,
  protocols: readonly string[],
): TLSSocket {
  const settings = {
    ...certificate,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    rejectUnauthorized: false,
  } as const;
  if (!server) return connect({ ...settings, socket, ALPNProtocols: [...protocols] });
  return new TLSSocket(socket, {
    ...settings,
    isServer: true,
    requestCert: true,
    ALPNCallback: ({ protocols: offered }) => offered.find((name) => protocols.includes(name)),
  });
}

/** Resolves when both have their keys. An error, then or ever after, ends the connection. */
function handshake(secured: TLSSocket, connection: MessageStream): Promise<void> {
  return new Promise((resolve, reject) => {
    // Not at once: the event comes out of the midst of OpenSSL's reading, and so would all that is
    // done of it, down to the end of the connection, which frees what is being read with.
    secured.once('secure', () => setImmediate(resolve));
    secured.once('close', () => reject(new Error('the connection ended within its handshake')));
    secured.on('error', (error) => {
      secured.destroy();
      connection.abort(error);
      reject(error);
    });
  });
}

/**
 * A reset of a handle that TLS is shutting down is refused by the system's library, which leaves it
 * open, with nobody who would close it: a peer that does not read would keep each of its
 * connections for ever.
 */
function resetOnlyWhereAllowed(socket: Socket, secured: TLSSocket): void {
  const reset = socket.resetAndDestroy.bind(socket);
  socket.resetAndDestroy = () => (secured.writableEnded ? socket.destroy() : reset());
}
