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

/** One that ends in a mailbox, with its twin. */
export const twins = (epoch: number, fill = 7): HandedSurb => ({
  ...handed(false, epoch, fill),
  twin: surbOf(epoch, fill + 100),
});

/** Reply blocks within the horizon of an epoch, with twins and without. */
export const anyHanded = (epoch: number): fc.Arbitrary<HandedSurb> =>
  fc
    .record({
      direct: fc.boolean(),
      ahead: fc.integer({ min: 0, max: 8 }),
      fill: fc.integer({ min: 0, max: 155 }),
      twin: fc.boolean(),
    })
    .map(({ direct, ahead, fill, twin }) =>
      twin && !direct ? twins(epoch + ahead, fill) : handed(direct, epoch + ahead, fill),
    );
