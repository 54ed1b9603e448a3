import type { Instant } from '@sotto/wire';

/** Mail in the store. */
export interface Mail {
  readonly alias: Alias;
  readonly key: string;
  /** η, hex. */
  readonly name: string;
  /** As it is stored; read when it is sent. */
  readonly record: Uint8Array;
  readonly expiresAt: Instant;
  /** The batch that brought it last. */
  batch: number;
}

/** A reply block that waits for a tick. */
interface Waiting {
  readonly embedded: Uint8Array;
  readonly answerKey: Uint8Array;
  /** The request that it came in. */
  readonly batch: number;
}

/** A short-lived address, and what is held for it. */
export interface Alias {
  readonly key: string;
  expiresAt: Instant;
  /** By name; sent mail goes to the end, so the first is the one sent longest ago. */
  readonly mail: Map<string, Mail>;
  readonly waiting: Waiting[];
  ticking: boolean;
}

/** The mail sent longest ago that this batch has not brought: two reply blocks of one batch never bring the same. */
export function nextMail(alias: Alias, batch: number): Mail | undefined {
  for (const mail of alias.mail.values()) if (mail.batch !== batch) return mail;
  return undefined;
}
