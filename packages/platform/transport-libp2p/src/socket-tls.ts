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
import type { Counters } from '@sotto/transport';

/** ALPN of a peer that names no multiplexer (libp2p's TLS specification). */
const NO_MUXER = 'libp2p';

/** How often a connection's overhead is looked at. */
const LOOK_MILLIS = 1000;
/** Bytes of TLS's own that a connection may cost before it has said anything: its handshake has 3 KB. */
const OVERHEAD_BYTES = 1024 * 1024;
/** And for each byte that it says: a record around twelve bytes of credit is 34 long. */
const OVERHEAD_SHARE = 2;

/** What a {@link socketTls} is made of. */
export interface SocketTlsOptions {
  /** Where connections that were ended for their overhead are counted. */
  readonly counters: Counters;
  /** Does it where there is no socket; the library's own when left out. */
  readonly library?: (components: TLSComponents) => ConnectionEncrypter;
  /** Overhead that is let pass, bytes; 1 MiB when left out. */
  readonly overheadBytes?: number;
}

/**
 * libp2p's TLS (`/tls/1.0.0`) on the handle of a TCP connection's own socket. The library puts a
 * stream in JavaScript between the two, through which every read and write goes: with fifty links
 * at half load a packet's time in sockets and encryption was 78 µs by it, and is 54. Where there is
 * no such socket (WebSockets), the library does it.
 */
export function socketTls(
  options: SocketTlsOptions,
): (components: TLSComponents) => ConnectionEncrypter {
  const library = options.library ?? tls();
  return (components) => {
    const encrypter = library(components);
    const inbound = encrypter.secureInbound.bind(encrypter);
    const outbound = encrypter.secureOutbound.bind(encrypter);
    encrypter.secureInbound = (connection, how = {}) => {
      const socket = socketOf(connection);
      if (socket === undefined)
        return inbound(connection, how).then((it) => heedErrors(it, connection));
      return secure({ socket, connection, server: true, components, how, options });
    };
    encrypter.secureOutbound = (connection, how = {}) => {
      const socket = socketOf(connection);
      if (socket === undefined) return outbound(connection, how);
      return secure({ socket, connection, server: false, components, how, options });
    };
    return encrypter;
  };
}

/** The socket below, which libp2p keeps to itself, if all that was to be written has gone to it. */
function socketOf(connection: MessageStream): Socket | undefined {
  const socket: unknown = Reflect.get(connection, 'socket');
  return socket instanceof Socket && connection.writeBufferLength === 0 ? socket : undefined;
}

/** A connection that is to be secured. */
interface Task {
  readonly socket: Socket;
  readonly connection: MessageStream;
  readonly server: boolean;
  readonly components: TLSComponents;
  readonly how: SecureConnectionOptions;
  readonly options: SocketTlsOptions;
}

async function secure(task: Task): Promise<SecuredConnection> {
  const { socket, connection, server, components, how } = task;
  const muxers: ReadonlyMap<string, StreamMuxerFactory> =
    how.skipStreamMuxerNegotiation === true ? new Map() : components.upgrader.getStreamMuxers();
  let secured: TLSSocket | undefined;
  const giveUp = (): void => void secured?.destroy(new Error('the handshake took too long'));
  try {
    // Before the socket is taken: it lets turns of the event loop pass.
    const certificate = await generateCertificate(components.privateKey, how);
    await takeOver(socket, connection);
    how.signal?.throwIfAborted();
    how.signal?.addEventListener('abort', giveUp);
    secured = begin(ifOpen(socket), server, certificate, [...muxers.keys(), NO_MUXER]);
    resetOnlyWhereAllowed(socket, secured);
    await handshake(secured, connection);
    const { raw } = ifOpen(secured).getPeerCertificate();
    const remotePeer = await verifyPeerCertificate(raw, how.remotePeer, connection.log);
    const streamMuxer = muxers.get(String(secured.alpnProtocol));
    return {
      remotePeer,
      connection: streamOn(ifOpen(secured), task),
      ...(streamMuxer === undefined ? {} : { streamMuxer }),
    };
  } catch (error) {
    secured?.destroy();
    connection.abort(error instanceof Error ? error : new Error(String(error)));
    throw error;
  } finally {
    how.signal?.removeEventListener('abort', giveUp);
  }
}

/** What the multiplexer gets. */
function streamOn(secured: TLSSocket, { socket, connection, options }: Task): MessageStream {
  const stream = toMessageStream(connection, secured);
  // The library's destroys what encrypts, and with it the socket, before it would reset it: the
  // peer would see an end like any other, and the system keep for minutes what it has not read.
  Object.assign(stream, { sendReset: (error: Error) => connection.abort(error) });
  endAbsurd(socket, secured, connection, options);
  return stream;
}

/**
 * Ends who sends what only TLS sees. To change keys 20,000 times a second takes all of this
 * process's time, and each answer that is not read stays in memory, where nothing here sees it.
 */
function endAbsurd(
  socket: Socket,
  secured: TLSSocket,
  connection: MessageStream,
  { counters, overheadBytes = OVERHEAD_BYTES }: SocketTlsOptions,
): void {
  const look = setInterval(() => {
    const said = secured.bytesRead;
    if (socket.bytesRead - said <= overheadBytes + OVERHEAD_SHARE * said) return;
    clearInterval(look);
    counters.add('connection-overhead');
    connection.abort(new Error('nearly all that the peer sends is TLS’s own'));
  }, LOOK_MILLIS);
  look.unref();
  secured.once('close', () => clearInterval(look));
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
    ALPNCallback: ({ protocols: offered }) => protocols.find((name) => offered.includes(name)),
  });
}

/** Resolves when both have their keys. An error, then or ever after, ends the connection. */
function handshake(secured: TLSSocket, connection: MessageStream): Promise<void> {
  return new Promise((resolve, reject) => {
    // Not at once: the event comes out of the midst of OpenSSL's reading, and so would all that is
    // done of it, down to the end of the connection, which frees what is being read with.
    secured.once('secure', () => setImmediate(resolve));
    secured.once('close', () => reject(new Error('the connection ended within its handshake')));
    onError(secured, (error) => {
      secured.destroy();
      connection.abort(error);
      reject(error);
    });
  });
}

/**
 * A server's socket that no server of Node's made tells of errors after its handshake by a name of
 * its own. Unheard, a record that does not decrypt ends nothing: what comes behind it is read into
 * memory as fast as it is sent, and given to nobody.
 */
function onError(secured: TLSSocket, end: (error: Error) => void): void {
  secured.on('error', end);
  secured.on('_tlsError', end);
}

/** The library hears of the first kind of errors alone. */
function heedErrors(done: SecuredConnection, connection: MessageStream): SecuredConnection {
  const secured: unknown = Reflect.get(done.connection, 'socket');
  if (secured instanceof TLSSocket) {
    onError(secured, (error) => {
      secured.destroy();
      connection.abort(error);
    });
  }
  return done;
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
