/** Of this many fragments one may be lost. */
const FRAGMENTS_PER_PARITY = 4;

/**
 * How many parity fragments go with a message (Spec 14 §2): one for four fragments, rounded up, and
 * none with a single one, for which a repeat is as cheap. Never more than can be spared.
 *
 * @param count - fragments of the message.
 * @param spare - reply blocks that nothing else needs; may be negative.
 */
export function parityFor(count: number, spare: number): number {
  if (count < 2) return 0;
  return Math.max(0, Math.min(Math.ceil(count / FRAGMENTS_PER_PARITY), spare));
}
