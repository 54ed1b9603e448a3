import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Transport } from '@sotto/transport';
import { COMPLIANCE_SIZES } from '@sotto/transport/compliance';
import { browserTransport } from '@sotto/transport-libp2p/browser';
import { nodeTransport } from '@sotto/transport-libp2p/node';
import { err, ok, toHex } from '@sotto/wire';
import { expect, test, vi } from 'vitest';

const PATIENCE = { timeout: 60_000, interval: 5 };

/** Opens a link to the parent, sends a frame a turn, says when no more fits, and never ends by itself. */
const childProgram = `
  import { nodeTransport } from '@sotto/transport-libp2p/node';
  const sizes = { frameBytes: 1600, prefaceBytes: 64 };
  const [key, address, burst] = process.argv.slice(1);
  const transport = await nodeTransport({ seed: new Uint8Array(32).fill(9), sizes });
  await transport.start({
    acceptLink: () => ({ ok: false, error: { code: 'no' } }),
    snapshot: () => undefined,
  });
  const peer = { identityKey: Uint8Array.from(Buffer.from(key, 'hex')), addresses: [address] };
  const link = await transport.openLink({ kind: 'mix', peer, preface: new Uint8Array(64) });
  setInterval(() => {
    for (let i = 0; i < burst; i++) if (link.send(new Uint8Array(1600)) === 'full') console.log('full');
  }, 1);
`;

/** A process with `childProgram` that dials `transport` and sends `burst` frames a turn. */
function dial(transport: Transport, burst: number): ChildProcess {
  return spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      childProgram,
      toHex(transport.identityKey),
      transport.addresses()[0] ?? '',
      String(burst),
    ],
    {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
}

/** A transport for one link at a time. */
const listener = (): Promise<Transport> =>
  nodeTransport({
    seed: new Uint8Array(32).fill(1),
    sizes: COMPLIANCE_SIZES,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    limits: { maxInboundLinks: 1 },
    localNetwork: true,
  });

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'a peer process that ends by %s ends its link exactly once, and its place is free again',
  async (signal) => {
    const reasons: string[] = [];
    let frames = 0;
    const transport = await listener();
    await transport.start({
      acceptLink: () =>
        ok((link) => {
          link.onFrames((batch) => void (frames += batch.length));
          link.onClose((reason) => void reasons.push(reason));
        }),
      snapshot: () => undefined,
    });
    try {
      for (const round of [1, 2]) {
        frames = 0;
        const child = dial(transport, 1);
        try {
          await vi.waitFor(() => expect(frames).toBeGreaterThan(3), PATIENCE);
        } finally {
          child.kill(signal);
        }
        await vi.waitFor(() => expect(reasons.length).toBe(round), PATIENCE);
      }
      expect(transport.counters()['link-limit']).toBeUndefined();
    } finally {
      await transport.stop();
    }
    expect(reasons.length).toBe(2);
  },
  120_000,
);

test('a reader that is busy when its peer crashes can finish, and nothing is thrown', async () => {
  const transport = await listener();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const reasons: string[] = [];
  await transport.start({
    acceptLink: () =>
      ok((link) => {
        link.onFrames(() => released);
        link.onClose((reason) => void reasons.push(reason));
      }),
    snapshot: () => undefined,
  });
  try {
    const child = dial(transport, 100);
    try {
      let said = '';
      child.stdout?.on('data', (data) => void (said += data));
      // Its window is used up: this end has credit to give as soon as it reads on.
      await vi.waitFor(() => expect(said).toContain('full'), PATIENCE);
    } finally {
      child.kill('SIGKILL');
    }
    await vi.waitFor(() => expect(reasons).toEqual(['reset']), PATIENCE);
    // What is thrown now has nobody to catch it, and would end a node: the run fails by it.
    release();
    await released;
  } finally {
    await transport.stop();
  }
}, 120_000);

test('the browser’s entry, which dials only, links to a node over WebSockets and Noise', async () => {
  const node = await nodeTransport({
    seed: new Uint8Array(32).fill(1),
    sizes: COMPLIANCE_SIZES,
    listen: ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws'],
    topics: [],
  });
  const client = await browserTransport({
    seed: new Uint8Array(32).fill(2),
    sizes: COMPLIANCE_SIZES,
  });
  try {
    await node.start({
      acceptLink: ({ kind }) =>
        kind === 'client'
          ? ok((link) => {
              link.onFrames((frames) => {
                for (const frame of frames) link.send(frame);
              });
            })
          : err({ code: 'clients-only' }),
      snapshot: () => [Uint8Array.of(1, 2, 3)],
    });
    await client.start({ acceptLink: () => err({ code: 'none' }), snapshot: () => undefined });
    expect(client.addresses()).toEqual([]);
    expect(node.addresses().length).toBe(2);
    const peer = { identityKey: node.identityKey, addresses: node.addresses() };
    const link = await client.openLink({ kind: 'client', peer, preface: new Uint8Array(64) });
    const back: Uint8Array[] = [];
    link.onFrames((frames) => void back.push(...frames));
    const frame = Uint8Array.from({ length: COMPLIANCE_SIZES.frameBytes }, (_, i) => i & 255);
    expect(link.send(frame)).toBe('sent');
    await vi.waitFor(() => expect(back).toEqual([frame]), PATIENCE);
    const items = await client.requestSnapshot({ peer, request: new Uint8Array(0) });
    expect(items).toEqual([Uint8Array.of(1, 2, 3)]);
    expect(() => client.subscribe('/x', () => 'accept')).toThrow(TypeError);
  } finally {
    await client.stop();
    await node.stop();
  }
}, 60_000);
