import { decodeDownlink } from '@sotto/link';
import type { NodeView } from '@sotto/simulator';
import { concat, fromHex, toHex } from '@sotto/wire';

/** The length of a name, a MAC and a box: the shortest string that would tell one packet from all others. */
const WINDOW = 16;

/** Bytes that were seen somewhere. */
export interface Sighting {
  /** A link of one packet, or a store: what may hold the bytes once and no other place. */
  readonly place: string;
  readonly bytes: Uint8Array;
}

/** Two places that hold the same 16 bytes. */
export interface Shared {
  readonly first: string;
  readonly second: string;
  readonly bytes: string;
}

/** Two hashes of 26 and 27 bits, rolling, as one exact number; equal numbers are compared byte by byte. */
function windowHashes(bytes: Uint8Array, out: Float64Array, from: number): number {
  let high = 0;
  let low = 0;
  let highOut = 1;
  let lowOut = 1;
  for (let i = 0; i < WINDOW; i++) {
    highOut = Math.imul(highOut, HIGH_BASE);
    lowOut = Math.imul(lowOut, LOW_BASE);
  }
  let at = from;
  for (let i = 0; i < bytes.length; i++) {
    const leaving = i < WINDOW ? 0 : (bytes[i - WINDOW] ?? 0) + 1;
    const coming = (bytes[i] ?? 0) + 1;
    high = (Math.imul(high, HIGH_BASE) + coming - Math.imul(leaving, highOut)) | 0;
    low = (Math.imul(low, LOW_BASE) + coming - Math.imul(leaving, lowOut)) | 0;
    if (i >= WINDOW - 1) out[at++] = (high >>> 6) * 2 ** 27 + (low >>> 5);
  }
  return at;
}
const HIGH_BASE = 0x01_00_01_93;
const LOW_BASE = 0x5b_d1_e9_95;

/**
 * Every 16-byte string that stands at two different places, at any offset: all windows of all
 * sightings are hashed, and equal hashes compared. Nothing is left out.
 */
export function sharedStrings(sightings: readonly Sighting[]): Shared[] {
  const total = sightings.reduce((n, { bytes }) => n + Math.max(0, bytes.length - WINDOW + 1), 0);
  const hashes = new Float64Array(total);
  let end = 0;
  for (const { bytes } of sightings) end = windowHashes(bytes, hashes, end);
  const sorted = hashes.toSorted();
  const twice = new Set<number>();
  for (let i = 1; i < end; i++) {
    const hash = sorted[i];
    if (hash !== undefined && hash === sorted[i - 1]) twice.add(hash);
  }
  if (twice.size === 0) return [];
  const placesOf = new Map<string, Set<string>>();
  let at = 0;
  for (const { place, bytes } of sightings) {
    for (let i = 0; i + WINDOW <= bytes.length; i++) {
      if (!twice.has(hashes[at++] ?? 0)) continue;
      const text = toHex(bytes.subarray(i, i + WINDOW));
      placesOf.set(text, (placesOf.get(text) ?? new Set()).add(place));
    }
  }
  const shared: Shared[] = [];
  for (const [bytes, places] of placesOf) {
    const [first, ...others] = places;
    for (const second of others) shared.push({ first: first ?? '', second, bytes });
  }
  return shared;
}

/** A view with copies of its bytes. */
export interface RecordedView extends NodeView {
  readonly number: number;
}

/** What all nodes saw, while `recording`. */
export class ViewRecorder {
  readonly views: RecordedView[] = [];
  recording = false;

  /** For `onView`. */
  readonly add = (view: NodeView): void => {
    if (!this.recording) return;
    const packetOut = contentOf(view);
    this.views.push({ ...view, packetOut, number: this.views.length });
  };

  /** Every packet on every link and every stored mail, each place once. */
  sightings(): Sighting[] {
    const byPlace = new Map<string, Uint8Array>();
    for (const view of this.views) {
      const { node, previous, packetIn, next, packetOut, stored } = view;
      // The same bytes on the same link are one sighting, seen by both ends.
      if (previous !== undefined && packetIn !== undefined) {
        byPlace.set(`${previous} → ${node}: ${fingerprint(packetIn)}`, packetIn);
      }
      if (next !== undefined && packetOut !== undefined) {
        byPlace.set(`${node} → ${next}: ${fingerprint(packetOut)}`, packetOut);
      }
      for (const { key, value } of stored) byPlace.set(`store of ${node}: ${key}`, value);
    }
    return [...byPlace].map(([place, bytes]) => ({ place, bytes }));
  }
}

/** Of a frame to a client the mail in it; a filler says nothing, and the link encrypts the zeros behind either. */
function contentOf({ kind, packetOut }: NodeView): Uint8Array | undefined {
  if (packetOut === undefined || kind !== 'push') return packetOut?.slice();
  const frame = decodeDownlink(packetOut);
  if (!frame.ok || frame.value.kind === 'filler') return undefined;
  const { name, log, body } = frame.value.delivered;
  return concat(name, log, body);
}

const fingerprint = (bytes: Uint8Array): string => toHex(bytes.subarray(2, 26));

/** An alias or a mail of one, as an aggregation point stores them. */
export const aliasOf = (key: string): string | undefined => {
  const [kind, box] = key.split('/');
  return kind === 'alias' || kind === 'mail' ? box : undefined;
};

/**
 * Joins what one node saw to heaps: all of one view, since it knows what it made of what; and any
 * two views that hold a common 16-byte string, or the same alias.
 *
 * @returns heaps in which a person's link and somebody's mailbox alias come together.
 */
export function betrayals(
  views: readonly RecordedView[],
  persons: readonly string[],
): { readonly node: string; readonly person: string; readonly alias: string }[] {
  const found: { node: string; person: string; alias: string }[] = [];
  for (const node of new Set(views.map((view) => view.node))) {
    const own = views.filter((view) => view.node === node);
    const heap = new Map<number | string, number | string>();
    const root = (of: number | string): number | string => {
      let top = of;
      for (let up = heap.get(top); up !== undefined; up = heap.get(top)) top = up;
      return top;
    };
    const join = (a: number | string, b: number | string): void => {
      if (root(a) !== root(b)) heap.set(root(a), root(b));
    };
    const sightings: Sighting[] = [];
    for (const { number, packetIn, packetOut, stored } of own) {
      const place = String(number);
      for (const bytes of [packetIn, packetOut])
        if (bytes !== undefined) sightings.push({ place, bytes });
      for (const { key, value } of stored) {
        const alias = aliasOf(key);
        if (alias === undefined) continue;
        join(number, `alias ${alias}`);
        sightings.push({ place, bytes: value }, { place, bytes: fromHex(alias) ?? value });
      }
    }
    for (const { first, second } of sharedStrings(sightings)) join(Number(first), Number(second));
    const aliases = new Map<number | string, string>();
    for (const { number, stored } of own) {
      for (const { key } of stored) {
        const alias = aliasOf(key);
        if (alias !== undefined) aliases.set(root(number), alias);
      }
    }
    for (const { number, previous, next } of own) {
      const person = persons.find((name) => name === previous || name === next);
      const alias = aliases.get(root(number));
      if (person !== undefined && alias !== undefined) found.push({ node, person, alias });
    }
  }
  return found;
}
