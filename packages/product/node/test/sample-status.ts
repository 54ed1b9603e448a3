import type { NodeStatus } from '../src/node-status.ts';

const stratum = {
  held: 3,
  added: 9,
  released: 6,
  occupancy: '12345678901500567',
  meanHeld: 2.5,
  drawnMicros: '1',
  heldMicros: '1',
  meanHeldMicros: 250_499.6,
};
const halves = { sender: stratum, recipient: stratum };

/** A guard with clients, mail and an alarm about its neighbour and a stranger. */
export function statusOf(name: string, nodes: number): NodeStatus {
  return {
    name,
    identityKey: 'ab'.repeat(32),
    addresses: ['/ip4/127.0.0.1/tcp/1'],
    networkId: '00'.repeat(16),
    pid: 4711,
    state: 'up',
    listed: true,
    clock: { compared: 0, finding: null, aheadMicros: null },
    uptimeSeconds: 12.4,
    process: { rssBytes: 1, heapUsedBytes: 1, cpuSeconds: 1 },
    machine: { memoryBytes: 1, x25519PerSecond: 1, maxPackets: 1, maxTags: 1 },
    lateness: { count: 1, p50Micros: 1, p99Micros: 1, maxMicros: 1 },
    tagWrites: { count: 1, p50Micros: 1, p99Micros: 1, maxMicros: 1 },
    links: { up: 1, opening: 0, down: 0, clients: 7777 },
    gossipNeighbours: 2,
    alarms: [{ subject: 'link', key: `${'b'.repeat(32)}>${'c'.repeat(32)}`, suspects: [] }],
    relay: {
      received: { link: 1000, client: 234, own: 5, run: 0 },
      sent: { link: 1, mail: 8888, filler: 9999 },
      links: { packets: 1, again: 0, receipts: 7777, waiting: 7776, unsent: 3 },
      loops: { sent: 40, returned: 30, lost: 8, garbled: 2 },
      terminals: { deliver: 6666, greet: 6667, loop: 1, arrive: 2, contact: 3, drop: 4 },
      drops: { mac: 2, replay: 0 },
      pool: {
        elapsedMicros: 1,
        strata: { fast: halves, slow: halves },
        late: 0,
        latenessMicros: '0',
        maxLatenessMicros: 0,
        p99LatenessMicros: 0,
        waitedForTag: 0,
      },
      held: 12,
      clients: 7777,
      clockConfirmed: true,
      replayTags: 1,
      nodes,
      epoch: 1,
      layer: 2,
      alarms: 1,
      slowdown: 1,
      replayFilterBytes: 1,
    },
    transport: {},
    shell: {},
  };
}
