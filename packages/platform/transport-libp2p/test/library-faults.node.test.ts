/** Faults of the libraries below, which a stranger could end a node by, each where it is mended. */
import type {
  Listener,
  Logger,
  MessageStream,
  MultiaddrConnection,
  PeerId,
  Transport,
  Upgrader,
} from '@libp2p/interface';
import { Counters } from '@sotto/transport';
import { boundedYamux, failingSockets, forgetStrangers } from '@sotto/transport-libp2p';
import { expect, test } from 'vitest';

const log: Logger = Object.assign(() => undefined, {
  error: () => undefined,
  trace: () => undefined,
  enabled: false,
  newScope: () => log,
});

test('a multiplexer whose farewell finds no connection throws nothing', () => {
  const gone = Object.assign(new EventTarget(), {
    log,
    status: 'open',
    send: () => {
      throw new Error('Cannot write to a stream that is closed');
    },
    abort: () => undefined,
  });
  const muxer = boundedYamux(new Counters())().createStreamMuxer(gone as unknown as MessageStream);
  expect(() => muxer.abort(new Error('a bad frame'))).not.toThrow();
  expect(muxer.status).toBe('closed');
});

test('a WebSocket whose handshake failed is aborted before anybody waits for it to drain', async () => {
  const calls: string[] = [];
  let guarded: Upgrader | undefined;
  const transport = failingSockets(
    () =>
      ({
        dial: () => Promise.reject(new Error('not here')),
        createListener: ({ upgrader }) => {
          guarded = upgrader;
          return {} as Listener;
        },
      }) as Pick<Transport, 'dial' | 'createListener'> as Transport,
  )({});
  transport.createListener({
    upgrader: { upgradeInbound: () => Promise.reject(new Error('no handshake')) } as never,
  });
  const connection = Object.assign(new EventTarget(), {
    websocket: {
      addEventListener: () => undefined,
      close: () => undefined,
      terminate: () => void calls.push('terminate'),
    },
    abort: ({ message }: Error) => void calls.push(`abort: ${message}`),
  });
  await expect(
    guarded?.upgradeInbound(connection as unknown as MultiaddrConnection, {} as never),
  ).rejects.toThrow('no handshake');
  expect(calls).toEqual(['abort: no handshake', 'terminate']);
});

test('who is not connected is taken out of the peer store, whenever they came into it', async () => {
  const store = new Set(['here', 'gone', 'gone later']);
  const id = (name: string): PeerId => ({ toString: () => name }) as PeerId;
  await forgetStrangers({
    peerStore: {
      all: () => Promise.resolve([...store].map((name) => ({ id: id(name) }))),
      delete: (peer: PeerId) => Promise.resolve(void store.delete(String(peer))),
    } as never,
    getConnections: (peer) => (String(peer) === 'here' ? ([{}] as never) : []),
  });
  expect([...store]).toEqual(['here']);
});
