import { GEOMETRY, type Surb } from '@sotto/sphinx';
import * as fc from 'fast-check';
import type { HandedSurb } from '../src/items.ts';

/** A reply block of any content, for an epoch (full number). */
const surbOf = (epoch: number, fill: number): Surb => ({
  crossover: new Uint8Array(16).fill(fill),
  epoch: epoch % 256,
  ct: new Uint8Array(32).fill(fill),
  mac: new Uint8Array(16).fill(fill),
  routing: new Uint8Array(GEOMETRY.surbRoutingBytes).fill(fill),
  bodySeed: new Uint8Array(32).fill(fill),
});

/** A reply block as handed to a contact. */
export const handed = (direct: boolean, epoch: number, fill = 7): HandedSurb => ({
  direct,
  epoch,
  surb: surbOf(epoch, fill),
});

/** Reply blocks within the horizon of an epoch. */
export const anyHanded = (epoch: number): fc.Arbitrary<HandedSurb> =>
  fc
    .record({
      direct: fc.boolean(),
      ahead: fc.integer({ min: 0, max: 8 }),
      fill: fc.integer({ min: 0, max: 255 }),
    })
    .map(({ direct, ahead, fill }) => handed(direct, epoch + ahead, fill));
