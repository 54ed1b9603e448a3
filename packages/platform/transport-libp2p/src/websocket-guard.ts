import { Server, type Socket } from 'node:net';
import type { Listener, Transport } from '@libp2p/interface';
import type { Counters } from '@sotto/transport';
import { STREAM_WINDOW_BYTES } from './mux-guard.ts';

/** Bounds of a WebSocket listener. */
export interface WebSocketBounds {
  /** Sockets at once, before and after their handshake. */
  readonly maxSockets: number;
  /** Milliseconds in which a socket must have become a WebSocket. */
  readonly handshakeMillis: number;
}

interface UpgradeServer {
  readonly options: { maxPayload: number };
  on(event: 'headers', listener: (headers: unknown, request: { socket: Socket }) => void): void;
}

const isUpgradeServer = (value: unknown): value is UpgradeServer =>
  typeof value === 'object' && value !== null && 'options' in value && 'on' in value;

/**
 * Bounds a WebSocket listener, whose library has no such options: it reads messages of 100 MiB,
 * waits without end for the first byte of a socket (the time limits of Node's HTTP server start
 * only when that server listens itself), and waits for those silent sockets when it is closed.
 */
function guard(listener: Listener, bounds: WebSocketBounds, counters: Counters): Listener {
  const server: unknown = Reflect.get(listener, 'server');
  const upgrades: unknown = Reflect.get(listener, 'wsServer');
  if (!(server instanceof Server) || !isUpgradeServer(upgrades)) {
    throw new TypeError('"listener" expected the WebSocket listener of @libp2p/websockets 10');
  }
  // One message carries at most one frame of the multiplexer and its encryption.
  upgrades.options.maxPayload = 2 * STREAM_WINDOW_BYTES;
  server.maxConnections = bounds.maxSockets;
  const waiting = new Map<Socket, ReturnType<typeof setTimeout>>();
  const forget = (socket: Socket): void => {
    clearTimeout(waiting.get(socket));
    waiting.delete(socket);
  };
  server.prependListener('connection', (socket: Socket) => {
    const timer = setTimeout(() => {
      counters.add('connection-silent');
      socket.destroy();
    }, bounds.handshakeMillis);
    waiting.set(socket, timer);
    socket.once('close', () => forget(socket));
    // Without a listener the reset of a socket that the library does not hold yet would throw.
    socket.on('error', () => socket.destroy());
  });
  server.on('drop', () => counters.add('connection-refused:socket-limit'));
  upgrades.on('headers', (_, request) => forget(request.socket));
  const close = listener.close.bind(listener);
  listener.close = async () => {
    const closed = close();
    for (const socket of waiting.keys()) socket.destroy();
    await closed;
  };
  return listener;
}

/** Makes every listener of a WebSocket transport bounded. */
export function boundedListeners<C>(
  factory: (components: C) => Transport,
  bounds: WebSocketBounds,
  counters: Counters,
): (components: C) => Transport {
  return (components) => {
    const transport = factory(components);
    const create = transport.createListener.bind(transport);
    transport.createListener = (options) => guard(create(options), bounds, counters);
    return transport;
  };
}
