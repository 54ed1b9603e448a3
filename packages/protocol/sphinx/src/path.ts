import { KEM_CIPHERTEXT_BYTES, MAC_BYTES } from '@sotto/suite';
import { ByteWriter } from '@sotto/wire';
import { type DelayClass, OP, OP_KEM } from './command.ts';
import {
  BOX_BYTES,
  CREDENTIAL_BYTES,
  GREETING_PROOF_BYTES,
  GREETING_TOKEN_BYTES,
  NAME_BYTES,
  type PacketFormat,
} from './geometry.ts';
import type { Surb } from './surb.ts';

/** One node of a path, with its keys for the path's epoch. */
export interface Hop {
  /** 16 bytes. */
  readonly name: Uint8Array;
  /** X25519 routing key, 32 bytes, canonical and not of low order (the directory refuses others). */
  readonly routingKey: Uint8Array;
  /** ML-KEM-768 key, 1,184 bytes, of the one hop of a half that has the sub-hop; in suite 2 alone. */
  readonly kemKey?: Uint8Array;
}

/** What the last node of a reply block does. */
export type SurbTerminal =
  | { readonly kind: 'deliver'; readonly box: Uint8Array }
  | { readonly kind: 'drop' };

/** What the last node of the sender's half does. */
export type Terminal =
  | SurbTerminal
  | { readonly kind: 'arrive'; readonly service: number }
  | { readonly kind: 'contact'; readonly box: Uint8Array; readonly credential: Uint8Array }
  | {
      readonly kind: 'greet';
      readonly box: Uint8Array;
      readonly token: Uint8Array;
      readonly proof: Uint8Array;
    }
  | { readonly kind: 'cross'; readonly surb: Surb };

/** A path of one half. */
export interface Path {
  /** At least one node; the packet goes to the first. */
  readonly hops: readonly Hop[];
  /** Full number of the epoch whose keys the hops are. */
  readonly epoch: number;
  /** One class for the whole half. */
  readonly delayClass: DelayClass;
}

/** Refuses bytes of another length than a field's. */
export function exactly(bytes: Uint8Array, length: number, name: string): Uint8Array {
  if (bytes.length !== length) {
    throw new RangeError(`"${name}" expected ${length} bytes, got ${bytes.length}`);
  }
  return bytes;
}

/**
 * Refuses a path that no packet of the suite can have: none, of no epoch, or with the keys of the
 * other suite.
 * @throws RangeError
 */
export function checkPath(path: Path, { suite, hasSubHop }: PacketFormat): void {
  if (path.hops.length === 0) throw new RangeError('"hops" expected at least one, got 0');
  if (!Number.isSafeInteger(path.epoch) || path.epoch < 0) {
    throw new RangeError(`"epoch" expected a number of an epoch, got ${path.epoch}`);
  }
  const subHops = path.hops.filter((hop) => hop.kemKey !== undefined).length;
  const expected = hasSubHop ? 1 : 0;
  if (subHops !== expected) {
    throw new RangeError(
      `"hops" expected ${expected} with a kemKey in suite ${suite}, got ${subHops}`,
    );
  }
}

/** TRANSMIT to `next`, its MAC still zero: it is known only from the last hop backwards. */
export function encodeTransmit(
  delayClass: DelayClass,
  next: Uint8Array,
  ct: Uint8Array,
  { commandBytes }: PacketFormat,
): Uint8Array {
  const command = new Uint8Array(commandBytes.transmit);
  command[0] = delayClass === 'slow' ? OP.transmitSlow : OP.transmitFast;
  command.set(exactly(next, NAME_BYTES, 'name'), 1);
  command.set(ct, TRANSMIT_MAC_AT + MAC_BYTES);
  return command;
}

/** Where the MAC of the next hop stands in TRANSMIT. */
export const TRANSMIT_MAC_AT: number = 1 + NAME_BYTES;

/** The sub-hop's command, its MAC still zero. */
export const encodeSubHop = (ct: Uint8Array, { commandBytes }: PacketFormat): Uint8Array =>
  new ByteWriter(commandBytes.kem).u8(OP_KEM).put(ct).put(new Uint8Array(MAC_BYTES)).bytes;

/** Where the MAC of what is behind stands in a sub-hop's command. */
export const SUB_HOP_MAC_AT: number = 1 + KEM_CIPHERTEXT_BYTES;

/** The last command of a half. @throws RangeError for a field of another length. */
export function encodeTerminal(terminal: Terminal, format: PacketFormat): Uint8Array {
  const { commandBytes, geometry } = format;
  switch (terminal.kind) {
    case 'deliver':
      return new ByteWriter(commandBytes.deliver)
        .u8(OP.deliver)
        .put(exactly(terminal.box, BOX_BYTES, 'box')).bytes;
    case 'drop':
      return Uint8Array.of(OP.drop);
    case 'arrive':
      if (!Number.isInteger(terminal.service) || terminal.service < 0 || terminal.service > 255) {
        throw new RangeError(`"service" expected a byte, got ${terminal.service}`);
      }
      return Uint8Array.of(OP.arrive, terminal.service);
    case 'contact':
      return new ByteWriter(commandBytes.contact)
        .u8(OP.contact)
        .put(exactly(terminal.box, BOX_BYTES, 'box'))
        .put(exactly(terminal.credential, CREDENTIAL_BYTES, 'credential')).bytes;
    case 'greet':
      return new ByteWriter(commandBytes.greet)
        .u8(OP.greet)
        .put(exactly(terminal.box, BOX_BYTES, 'box'))
        .put(exactly(terminal.token, GREETING_TOKEN_BYTES, 'token'))
        .put(exactly(terminal.proof, GREETING_PROOF_BYTES, 'proof')).bytes;
    case 'cross':
      return new ByteWriter(commandBytes.cross)
        .u8(OP.cross)
        .u8(terminal.surb.epoch)
        .u16(geometry.surbRoutingBytes)
        .put(terminal.surb.ct)
        .put(terminal.surb.mac)
        .put(exactly(terminal.surb.routing, geometry.surbRoutingBytes, 'surb.routing')).bytes;
  }
}
