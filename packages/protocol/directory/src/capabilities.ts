/** What a node offers to do (Spec 07 §4.1). One program; each can be switched off. */
export interface Capabilities {
  /** Delays and forwards in its layer. */
  readonly mix: boolean;
  /** Takes clients: their long-lived entry. */
  readonly guard: boolean;
  /** Keeps mail: aggregation point. */
  readonly mailbox: boolean;
  /** Keeps reply blocks for those who show a credential: contact point. */
  readonly contact: boolean;
}

const BITS: readonly (readonly [keyof Capabilities, number])[] = [
  ['mix', 1],
  ['guard', 2],
  ['mailbox', 4],
  ['contact', 8],
];

/** The capabilities of a byte; undefined when it has an unknown bit. */
export function readCapabilities(bits: number): Capabilities | undefined {
  if (bits > 15) return undefined;
  return {
    mix: (bits & 1) !== 0,
    guard: (bits & 2) !== 0,
    mailbox: (bits & 4) !== 0,
    contact: (bits & 8) !== 0,
  };
}

/** The byte of capabilities. */
export const capabilityBits = (capabilities: Capabilities): number =>
  BITS.reduce((sum, [name, bit]) => sum + (capabilities[name] ? bit : 0), 0);
