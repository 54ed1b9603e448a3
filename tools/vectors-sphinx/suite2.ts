import { SUITE_2 } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { toHex } from '@sotto/wire';
import type {
  MalformedCase,
  VectorFile,
} from '../../packages/protocol/sphinx/test/vectors/shapes.ts';
import { Cases } from './cases.ts';
import { remadeInside, type Remake } from './remade.ts';
import { read } from './schedule.ts';

const { routing: ROUTING, body: BODY } = SUITE_2.offset;

/** What is refused in suite 2 and nowhere else, and that the checks of suite 1 hold. */
export function malformedOfSuite2(suite: CryptoSuite): VectorFile<MalformedCase> {
  const cases = new Cases(suite, 'suite 2 malformed', SUITE_2);
  const { world } = cases;
  const flip = (was: Uint8Array): Uint8Array => Uint8Array.of((was[0] ?? 0) ^ 1);
  const short = { packet: cases.packet() };
  cases.add('a packet of suite 1’s length', 'packet-length', short, {
    field: 'packet',
    length: 1600,
  });
  cases.written('first byte 0x11', 'packet-version', 0, () => Uint8Array.of(0x11));
  cases.written('a byte of the first command flipped', 'mac', ROUTING + 700, flip);
  cases.written('first byte of δ flipped', 'mac', BODY, flip);

  const outside = (what: string, at: number, mask: number): void => {
    const how = { mac: 'macBody', flip: { at, mask } } as const;
    cases.remade(what, 'sub-hop-mac', cases.packet({ kind: 'drop' }, [0]), how);
  };
  outside('first byte of the KEM’s ciphertext', 1, 1);
  outside('last byte of the KEM’s ciphertext', 1088, 0x80);
  outside('first byte of the inner γ', 1089, 1);
  outside('a command behind the sub-hop', 1105, 1);

  const inside = (what: string, code: string, how: Remake): void => {
    const packet = cases.packet({ kind: 'arrive', service: 1 }, [0]);
    const changed = remadeInside(suite, cases.node, world.epoch, read(packet), how);
    cases.differ(what, code, { packet }, 'packet', toHex(changed));
  };
  const command = (op: number) => ({ at: 0, bytes: [op] });
  inside('the header MAC inside, the body MAC outside', 'sub-hop-mac', { mac: 'macHeader' });
  inside('a sub-hop inside', 'sub-hop-twice', { mac: 'macBody', command: command(0x20) });
  inside('operation 0x73 inside', 'command-unknown', { mac: 'macBody', command: command(0x73) });

  // A node that publishes no ML-KEM key.
  const keyless = cases.packet({ kind: 'drop' }, [0]);
  const noKey = { field: 'hasSubHopKey', hasSubHopKey: false } as const;
  cases.add('a sub-hop at a node without its key', 'sub-hop-key', { packet: keyless }, noKey);

  const blocks = cases.cross([0]);
  for (const k of [212, 1316]) {
    const how = { mac: 'macBody', command: { at: 2, bytes: [k >> 8, k & 0xff] } } as const;
    const changed = remadeInside(suite, cases.node, world.epoch, read(blocks), how);
    const what = `a CROSS with k = ${k}`;
    cases.differ(what, 'surb-length', { packet: blocks }, 'packet', toHex(changed));
  }
  const surb = world.network().reply(world.path(2, { kind: 'drop' })).surb;
  cases.add(
    'a reply block of suite 1’s length',
    'length',
    { surb },
    { field: 'surb', length: 311 },
  );
  const what = 'what a node of suite 2 refuses, and the same without its fault';
  return world.file('11 §4', what, cases.made);
}
