import type { NodeEntry } from '@sotto/directory';
import { BOX_SECRET_BYTES } from '@sotto/mailbox';
import {
  after,
  below,
  ByteReader,
  ByteWriter,
  fromHex,
  type Instant,
  instant,
  MICROS_PER_SECOND,
  randomBytes,
  type Rng,
  shuffle,
  toHex,
} from '@sotto/wire';

const KEY_BYTES = 16;
const VERSION = 1;

/** One member of a sticky set. */
export interface StickyMember {
  /** The node's name, hexadecimal. */
  readonly key: string;
  /** When it rotates out, even while it is there. */
  readonly until: Instant;
}

/** A guard, with the secret of one's box there. */
export interface StickyGuard extends StickyMember {
  /** 32 bytes; another one at each guard. */
  readonly boxSecret: Uint8Array;
}

/** Nodes that stay (Spec 08 §5.2): a fresh draw per packet would meet a corrupt one with certainty. */
export interface StickySets {
  /** The guard in use and a spare. */
  readonly guards: readonly StickyGuard[];
  /** m1. */
  readonly firstMixes: readonly StickyMember[];
  /** r2 before one's own guard. */
  readonly lastMixes: readonly StickyMember[];
}

/** Sizes and life of the sets. */
export interface StickyRules {
  /** Guards held: one in use and spares. */
  readonly guards: number;
  /** Size of either set of mixes, 2 to 4. */
  readonly mixes: number;
  /** A member stays this long at least, and at most twice as long, microseconds. */
  readonly rotationMicros: number;
}

/** Two guards, three mixes a set, rotation in 8 to 16 weeks. */
export const STICKY_RULES: StickyRules = {
  guards: 2,
  mixes: 3,
  rotationMicros: 8 * 7 * 86_400 * MICROS_PER_SECOND,
};

/** No node chosen yet. */
export const NO_STICKY_SETS: StickySets = { guards: [], firstMixes: [], lastMixes: [] };

/**
 * Keeps every member that is still in the directory and not due to rotate, and fills what is
 * missing at random (Spec 08 §5.2). A member that leaves may be back soon and keeps its place; where
 * all of a set leave, one more is drawn. Pure; the same object comes back when nothing changed.
 *
 * @param avoid - keys of one's own mailboxes and contact points: never one's guard.
 */
export function refreshSticky(
  sets: StickySets,
  nodes: readonly NodeEntry[],
  avoid: ReadonlySet<string>,
  rng: Rng,
  now: Instant,
  rules: StickyRules,
): StickySets {
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const here = nodes.filter((node) => !node.leaving);
  const stays = (member: StickyMember): boolean => byKey.has(member.key) && member.until > now;
  const until = (): Instant =>
    after(
      now,
      rules.rotationMicros + below(rng, 65_536) * Math.floor(rules.rotationMicros / 65_536),
    );
  const fill = (
    kept: readonly StickyMember[],
    size: number,
    candidates: readonly NodeEntry[],
  ): StickyMember[] => {
    const held = new Set(kept.map((member) => member.key));
    const fresh = shuffle(
      rng,
      candidates.filter((node) => !held.has(node.key)),
    );
    const least = kept.some(({ key }) => byKey.get(key)?.leaving === false) ? 0 : 1;
    const room = Math.max(least, size - kept.length);
    return [...kept, ...fresh.slice(0, room).map(({ key }) => ({ key, until: until() }))];
  };

  const oldGuards = sets.guards.filter(stays);
  const guardNodes = here.filter(
    (node) => node.capabilities.guard && node.capabilities.mix && !avoid.has(node.key),
  );
  const guards = fill(oldGuards, rules.guards, guardNodes).map(({ key, until: end }) => ({
    key,
    until: end,
    boxSecret:
      oldGuards.find((guard) => guard.key === key)?.boxSecret ?? randomBytes(rng, BOX_SECRET_BYTES),
  }));
  const guardKeys = new Set(guards.map((guard) => guard.key));
  const mixes = (old: readonly StickyMember[], layer: 1 | 2): StickyMember[] =>
    fill(
      old.filter((member) => stays(member) && !guardKeys.has(member.key)),
      rules.mixes,
      here.filter(
        (node) => node.capabilities.mix && node.layer === layer && !guardKeys.has(node.key),
      ),
    );
  const next = {
    guards,
    firstMixes: mixes(sets.firstMixes, 1),
    lastMixes: mixes(sets.lastMixes, 2),
  };
  return sameMembers(sets, next) ? sets : next;
}

function sameMembers(a: StickySets, b: StickySets): boolean {
  const keys = (sets: StickySets): string =>
    [sets.guards, sets.firstMixes, sets.lastMixes]
      .map((list) => list.map(({ key, until }) => `${key} ${until}`).join(' '))
      .join('|');
  return keys(a) === keys(b);
}

/** When the first member rotates out; undefined when there is none. */
export function nextRotation(sets: StickySets): Instant | undefined {
  const times = [...sets.guards, ...sets.firstMixes, ...sets.lastMixes].map(({ until }) => until);
  return times.length === 0 ? undefined : instant(Math.min(...times));
}

/** For the store. Names whom one trusts to know one's address: as secret as the store can keep it. */
export function encodeStickySets(sets: StickySets): Uint8Array {
  const member = KEY_BYTES + 8;
  const mixes = sets.firstMixes.length + sets.lastMixes.length;
  const out = new ByteWriter(4 + sets.guards.length * (member + BOX_SECRET_BYTES) + mixes * member);
  const put = ({ key, until }: StickyMember): void => {
    out.put(fromHex(key) ?? new Uint8Array(KEY_BYTES)).u53(until);
  };
  out.u8(VERSION).u8(sets.guards.length).u8(sets.firstMixes.length).u8(sets.lastMixes.length);
  for (const guard of sets.guards) {
    put(guard);
    out.put(guard.boxSecret);
  }
  for (const mix of [...sets.firstMixes, ...sets.lastMixes]) put(mix);
  return out.bytes;
}

/** Reads what {@link encodeStickySets} wrote; undefined of any other bytes. */
export function decodeStickySets(bytes: Uint8Array): StickySets | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== VERSION) return undefined;
  const counts = [reader.u8(), reader.u8(), reader.u8()] as const;
  const member = KEY_BYTES + 8;
  const expected = counts[0] * (member + BOX_SECRET_BYTES) + (counts[1] + counts[2]) * member;
  if (reader.remaining !== expected) return undefined;
  const take = (): StickyMember => ({
    key: toHex(reader.take(KEY_BYTES)),
    until: instant(reader.u53()),
  });
  const guards = Array.from({ length: counts[0] }, () => ({
    ...take(),
    boxSecret: reader.take(BOX_SECRET_BYTES),
  }));
  const firstMixes = Array.from({ length: counts[1] }, take);
  const lastMixes = Array.from({ length: counts[2] }, take);
  return reader.done ? { guards, firstMixes, lastMixes } : undefined;
}
