import { connect as connectTcp, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import type {
  ConnectionEncrypter,
  Listener,
  Logger,
  MessageStream,
  MultiaddrConnection,
  SecuredConnection,
} from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { generateCertificate } from '@libp2p/tls/utils';
import { multiaddr } from '@multiformats/multiaddr';
import { type CloseReason, Counters, type LinkAnswer } from '@sotto/transport';
import { COMPLIANCE_SIZES } from '@sotto/transport/compliance';
import { nodeTransport, socketTls } from '@sotto/transport-libp2p/node';
import { ok } from '@sotto/wire';
import { afterEach, expect, test, vi } from 'vitest';

const PATIENCE = { timeout: 30_000, interval: 5 };

/** Sockets that this process has open; listeners are not among them. */
const handles = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
const noHandleLeft = (): Promise<void> => vi.waitFor(() => expect(handles()).toBe(0), PATIENCE);

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
  await noHandleLeft();
});

const log: Logger = Object.assign(() => undefined, {
  error: () => undefined,
  trace: () => undefined,
  enabled: false,
  newScope: () => log,
});
const logger = { forComponent: () => log };

const counters = new Counters();

/** TLS on sockets alone: where it has none it throws. */
async function encrypterOf(seed: number): Promise<ConnectionEncrypter> {
  const refuse = (): never => {
    throw new Error('the library was asked');
  };
  const factory = socketTls({
    counters,
    library: () => ({ protocol: '/tls/1.0.0', secureInbound: refuse, secureOutbound: refuse }),
    overheadBytes: 64 * 1024,
  });
  const privateKey = await generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(seed));
  return factory({ privateKey, logger, upgrader: { getStreamMuxers: () => new Map() } as never });
}

/** A libp2p listener without a negotiation: each connection is handed over as it comes. */
async function listen(taken: (connection: MultiaddrConnection) => void): Promise<Listener> {
  const listener = tcp()({ logger }).createListener({
    upgrader: {
      upgradeInbound: (connection: MultiaddrConnection) => {
        taken(connection);
        return Promise.resolve();
      },
    } as never,
  });
  stops.push(() => listener.close());
  await listener.listen(multiaddr('/ip4/127.0.0.1/tcp/0'));
  return listener;
}

const portOf = (addresses: readonly unknown[]): number =>
  Number(/\/tcp\/(\d+)/.exec(String(addresses[0]))?.[1]);

/** A stranger's TLS socket: ready when the handshake is over. */
async function strangerAt(port: number): Promise<TLSSocket> {
  const key = await generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(9));
  const socket = connectTls({
    ...(await generateCertificate(key)),
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ALPNProtocols: ['libp2p'],
  });
  socket.on('error', () => undefined);
  stops.push(() => void socket.destroy());
  return socket;
}

/** A stranger's connection when its handshake is over, from both sides. */
async function strangerHere(): Promise<{ stranger: TLSSocket; connection: MessageStream }> {
  const server = await encrypterOf(2);
  const secured = Promise.withResolvers<SecuredConnection>();
  const listener = await listen((each) =>
    server.secureInbound(each).then(secured.resolve, secured.reject),
  );
  const stranger = await strangerAt(portOf(listener.getAddrs()));
  const { connection } = await secured.promise;
  return { stranger, connection };
}

/** An end of a connection, and what is below it. */
interface End extends SecuredConnection {
  readonly below: MultiaddrConnection;
}

const end = async (
  below: MultiaddrConnection,
  secured: Promise<SecuredConnection>,
): Promise<End> => ({ ...(await secured), below });

/** Both ends of a connection, whatever becomes of each; `line` is what is dialled instead of the listener. */
async function bothEnds(
  line: (port: number) => Promise<number> = (port) => Promise.resolve(port),
): Promise<readonly [near: Promise<End>, far: Promise<End>]> {
  const [dialler, server] = await Promise.all([encrypterOf(1), encrypterOf(2)]);
  const signal = AbortSignal.timeout(5000);
  const near = Promise.withResolvers<End>();
  const far = Promise.withResolvers<End>();
  const listener = await listen((each) =>
    far.resolve(end(each, server.secureInbound(each, { signal }))),
  );
  const port = await line(portOf(listener.getAddrs()));
  await tcp()({ logger }).dial(multiaddr(`/ip4/127.0.0.1/tcp/${port}`), {
    signal,
    upgrader: {
      upgradeOutbound: (each: MultiaddrConnection) => {
        near.resolve(end(each, dialler.secureOutbound(each, { signal })));
        return Promise.resolve();
      },
    } as never,
  });
  return [near.promise, far.promise];
}

const heardBy = (stream: MessageStream): { bytes: number } => {
  const heard = { bytes: 0 };
  stream.addEventListener('message', ({ data }) => void (heard.bytes += data.byteLength));
  return heard;
};

test('TLS runs on the socket of a TCP connection, both ends know each other', async () => {
  const [near, far] = await Promise.all(await bothEnds());
  const key = async (seed: number): Promise<Uint8Array> =>
    (await generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(seed))).publicKey.raw;
  expect(near.remotePeer.publicKey?.raw).toEqual(await key(2));
  expect(far.remotePeer.publicKey?.raw).toEqual(await key(1));
  const [here, there] = [heardBy(near.connection), heardBy(far.connection)];
  near.connection.send(new Uint8Array(100_000));
  far.connection.send(new Uint8Array(70_000));
  await vi.waitFor(() => expect([here.bytes, there.bytes]).toEqual([70_000, 100_000]), PATIENCE);
  await near.connection.close();
  await vi.waitFor(() => expect(far.connection.status).not.toBe('open'), PATIENCE);
});

test('what comes before TLS has its socket is not lost', async () => {
  const server = await encrypterOf(2);
  const connection = Promise.withResolvers<MultiaddrConnection>();
  const listener = await listen(connection.resolve);
  const stranger = await strangerAt(portOf(listener.getAddrs()));
  const taken = await connection.promise;
  // The hello is here, as if it had come in one piece with the end of the negotiation.
  await vi.waitFor(() => expect(taken.readBufferLength).toBeGreaterThan(0), PATIENCE);
  const secured = await server.secureInbound(taken);
  const heard = heardBy(secured.connection);
  stranger.write(new Uint8Array(1000));
  await vi.waitFor(() => expect(heard.bytes).toBe(1000), PATIENCE);
});

// What happens within OpenSSL's reading must not free what it reads with: the process would be gone.
test('either end may end a connection as soon as it has it', async () => {
  for (const which of [0, 1] as const) {
    const ends = await bothEnds();
    await ends[which].then(({ below }) => below.abort(new Error('not this one')));
    const other = await Promise.allSettled([ends[1 - which]]);
    const [{ value }] = other as [{ readonly value?: End }];
    await vi.waitFor(() => expect(value?.below.status).not.toBe('open'), PATIENCE);
  }
});

test('a connection may be ended while its first bytes are read', async () => {
  for (const which of [0, 1] as const) {
    const ends = await Promise.all(await bothEnds());
    const { connection, below } = ends[which];
    connection.addEventListener('message', () => connection.abort(new Error('not these')));
    ends[1 - which]?.connection.send(new Uint8Array(50_000));
    await vi.waitFor(() => expect(below.status).toBe('aborted'), PATIENCE);
    await vi.waitFor(() => expect(ends[1 - which]?.below.status).not.toBe('open'), PATIENCE);
  }
});

// Of what comes behind it nothing can be read, and all would be kept.
test.each(['there', 'back'] as const)(
  'a record that does not decrypt, %s, is the last',
  async (way) => {
    const ends = await Promise.all(await bothEnds((port) => brokenLine(port, 20_000, 'hold', way)));
    const [from, to] = way === 'there' ? ends : ends.toReversed();
    from?.connection.send(new Uint8Array(60_000));
    await vi.waitFor(() => expect(to?.connection.status).not.toBe('open'), PATIENCE);
    await vi.waitFor(() => expect(to?.below.status).not.toBe('open'), PATIENCE);
  },
);

test('nor is one within a WebSocket read on from', async () => {
  const seeds = [11, 12];
  const [node, other] = await Promise.all(
    seeds.map(async (seed) => {
      const transport = await nodeTransport({
        seed: new Uint8Array(32).fill(seed),
        sizes: COMPLIANCE_SIZES,
        listen: seed === 11 ? ['/ip4/127.0.0.1/tcp/0/ws'] : [],
        security: ['tls'],
        localNetwork: true,
      });
      stops.push(() => transport.stop());
      return transport;
    }),
  );
  const ended = Promise.withResolvers<CloseReason>();
  const accept = (): LinkAnswer =>
    ok((link) => {
      link.onFrames(() => undefined);
      link.onClose(ended.resolve);
    });
  await Promise.all(
    [node, other].map((each) => each?.start({ acceptLink: accept, snapshot: () => undefined })),
  );
  const port = await brokenLine(portOf(node?.addresses() ?? []), 50_000, 'hold', 'there');
  const link = await other?.openLink({
    kind: 'mix',
    peer: {
      identityKey: node?.identityKey ?? new Uint8Array(32),
      addresses: [`/ip4/127.0.0.1/tcp/${port}/ws`],
    },
    preface: new Uint8Array(COMPLIANCE_SIZES.prefaceBytes),
  });
  for (let bytes = 0; bytes < 100_000; bytes += COMPLIANCE_SIZES.frameBytes) {
    link?.send(new Uint8Array(COMPLIANCE_SIZES.frameBytes));
  }
  expect(await ended.promise).not.toBe('local');
});

test('who is aborted is reset, and nothing stays that he has not read', async () => {
  const { stranger, connection } = await strangerHere();
  const ending = new Promise<string>((resolve) => {
    stranger.on('error', ({ message }) => resolve(message));
    stranger.on('end', () => resolve('a clean end'));
  });
  connection.abort(new Error('enough'));
  stranger.resume();
  expect(await ending).toContain('ECONNRESET');
});

test('who sends little else than what TLS itself adds is ended, and counted', async () => {
  const { stranger, connection } = await strangerHere();
  heardBy(connection);
  // One byte in a record of 23.
  for (let sent = 0; sent < 4000 && connection.status === 'open'; sent++) {
    await new Promise<void>((resolve) => {
      stranger.write(Uint8Array.of(1), () => resolve());
    });
  }
  await vi.waitFor(() => expect(connection.status).toBe('aborted'), PATIENCE);
  expect(counters.read()['connection-overhead']).toBe(1);
});

// A reset in the midst of a shutdown is refused, and what it was for is open for ever.
test.each([0, 1, 2, 3, 4, 5])('a connection may be reset %i ticks into its end', async (ticks) => {
  const [near, far] = await Promise.all(await bothEnds());
  near.connection.close().catch(() => undefined);
  for (let tick = 0; tick < ticks; tick++) {
    await new Promise<void>((resolve) => {
      process.nextTick(resolve);
    });
  }
  near.below.abort(new Error('it takes too long'));
  await vi.waitFor(() => expect(far.below.status).not.toBe('open'), PATIENCE);
  await noHandleLeft();
});

/** A line to `port` that does something to byte `at` of one way. `hold` flips it, and what comes back of it is not passed on, nor an end. */
async function brokenLine(
  port: number,
  at: number,
  how: 'flip' | 'hold' | 'reset' | 'end',
  way: 'there' | 'back',
): Promise<number> {
  const line = createServer((near) => {
    const far = connectTcp(port, '127.0.0.1');
    let held = false;
    stops.push(
      () => void near.destroy(),
      () => void far.destroy(),
    );
    const pass = (from: Socket, to: Socket, breaks: boolean): void => {
      let passed = 0;
      from.on('error', () => undefined);
      from.on('close', () => (held ? undefined : to.destroy()));
      from.on('data', (bytes) => {
        const place = at - passed;
        passed += bytes.length;
        if (held && !breaks) return;
        if (!breaks || place < 0 || place >= bytes.length) return void to.write(bytes);
        const cuts = how === 'reset' || how === 'end';
        if (!cuts) bytes[place] = (bytes[place] ?? 0) ^ 0x10;
        held = how === 'hold';
        to.write(cuts ? bytes.subarray(0, place) : bytes);
        if (how === 'reset') to.resetAndDestroy();
        if (how === 'end') to.end();
      });
    };
    pass(near, far, way === 'there');
    pass(far, near, way === 'back');
  });
  stops.push(() => void line.close());
  await new Promise<void>((resolve) => void line.listen(0, '127.0.0.1', resolve));
  return (line.address() as AddressInfo).port;
}

test('a line that breaks at any byte of the handshake ends nobody but itself', async () => {
  const cases: Promise<number>[] = [];
  for (const way of ['there', 'back'] as const) {
    for (const how of ['flip', 'reset', 'end'] as const) {
      // Hellos, certificates, and what is sent first: all within 3 KB.
      for (let at = 5; at < 3000; at = Math.ceil(at * 1.5)) {
        const one = async (): Promise<number> => {
          const [near, far] = await bothEnds((port) => brokenLine(port, at, how, way));
          const settled = await Promise.allSettled([near, far]);
          return settled.filter(({ status }) => status === 'rejected').length;
        };
        cases.push(one());
      }
    }
  }
  const refused = (await Promise.all(cases)).reduce((sum, count) => sum + count, 0);
  // A break behind the handshake of one end is in that of the other, or in neither.
  expect(refused).toBeGreaterThan(cases.length);
}, 60_000);
