import type { MultiaddrConnection, Transport, Upgrader } from '@libp2p/interface';

/** The socket of a WebSocket connection: that of `ws`, or the browser's. */
interface SocketLike {
  addEventListener(event: 'error', listener: () => void): void;
  close(): void;
  terminate?(): void;
}

function socketOf(connection: MultiaddrConnection): SocketLike {
  const socket: unknown = Reflect.get(connection, 'websocket');
  if (
    typeof socket === 'object' &&
    socket !== null &&
    'addEventListener' in socket &&
    'close' in socket
  ) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- just looked at
    return socket as SocketLike;
  }
  throw new TypeError('"connection" expected one of @libp2p/websockets 10');
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error('the handshake failed', { cause: error });

/** Ends a socket without waiting for its other end, where the runtime can. */
function end(socket: SocketLike): void {
  if (socket.terminate === undefined) socket.close();
  else socket.terminate();
}

function guarding(upgrader: Upgrader): Upgrader {
  return new Proxy(upgrader, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name !== 'upgradeInbound' && name !== 'upgradeOutbound') return value.bind(target);
      return async (connection: MultiaddrConnection, options: unknown): Promise<unknown> => {
        const socket = socketOf(connection);
        socket.addEventListener('error', () => {
          connection.abort(new Error('the WebSocket failed'));
        });
        connection.addEventListener('close', ({ error }) => {
          if (error !== undefined) end(socket);
        });
        try {
          return await value.call(target, connection, options);
        } catch (error) {
          // Before the socket ends: the library closes what is still open, waits there for a buffer
          // to drain, and leaves the failure of that wait to nobody, which ends the process.
          connection.abort(asError(error));
          end(socket);
          throw error;
        }
      };
    },
  });
}

/**
 * Makes WebSocket connections fail as others do. Four faults of the library (10.1.21):
 * it leaves `error` events of `ws` without a listener, so that one malformed frame from a stranger
 * ends the process; it aborts with the close code 1006, which `ws` and browsers refuse with an
 * exception that is caught, so that the socket stays open and the peer sees no reset; a failed
 * handshake waits 30 s for the peer's farewell; and where the peer has not read what it asked for,
 * the failure of that wait is nobody's.
 */
export function failingSockets<C>(
  factory: (components: C) => Transport,
): (components: C) => Transport {
  return (components) => {
    const transport = factory(components);
    const dial = transport.dial.bind(transport);
    const listen = transport.createListener.bind(transport);
    transport.dial = (address, options) =>
      dial(address, { ...options, upgrader: guarding(options.upgrader) });
    transport.createListener = (options) =>
      listen({ ...options, upgrader: guarding(options.upgrader) });
    return transport;
  };
}
