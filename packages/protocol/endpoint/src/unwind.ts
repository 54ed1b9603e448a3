import {
  type Delivered,
  openBody,
  PACKET_NAME_BYTES,
  storedMail,
  unwindLayers,
} from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { equalBytes } from '@sotto/wire';
import type { RecordPurpose, Records, ReplyRecord } from './records.ts';

/** What a reply block was for, of one kind. */
export type PurposeOf<K extends RecordPurpose['kind']> = Extract<RecordPurpose, { kind: K }>;

/** What a delivery turned out to be. `records` are done with: their bodies passed the check. */
export type Unwound =
  | { readonly kind: 'loop'; readonly loop: number; readonly records: readonly ReplyRecord[] }
  | {
      readonly kind: 'contact';
      readonly purpose: PurposeOf<'contact'>;
      /** 992 bytes. */
      readonly content: Uint8Array;
      /** Name of the mail where it was stored, 16 bytes. */
      readonly name: Uint8Array;
      /** Epoch of the contact's block. */
      readonly epoch: number;
      readonly records: readonly ReplyRecord[];
    }
  | {
      readonly kind: 'stash';
      readonly purpose: PurposeOf<'stash'>;
      /** Key of the invite whose seed opened it. */
      readonly invite: string;
      readonly content: Uint8Array;
      readonly name: Uint8Array;
      readonly records: readonly ReplyRecord[];
    }
  | {
      readonly kind: 'answer';
      readonly purpose: PurposeOf<'fetch'> | PurposeOf<'bundle'>;
      /** Status byte first, 992 bytes. */
      readonly content: Uint8Array;
      readonly records: readonly ReplyRecord[];
    };

/** Why a delivery is dropped. No record is lost by any of them. */
export type UnwindReason =
  | 'name-unknown'
  | 'stored-name-unknown'
  | 'stored-name-misplaced'
  | 'stored-alias-wrong'
  | 'not-stored'
  | 'body-check'
  | 'loop-garbled'
  | 'loop-check';

/** A refusal; `loop` says which loop came back wrong. */
export interface UnwindRefusal {
  readonly kind: 'refused';
  readonly code: UnwindReason;
  readonly loop?: number;
}

/** Seed under which a stranger seals to an invite, and the hint that its credential carries. */
export interface InviteSeed {
  /** Key of the invite, the caller's own. */
  readonly invite: string;
  /** 16 bytes, which the contact point puts in front of the log. */
  readonly hint: Uint8Array;
  /** 32 bytes. */
  readonly bodySeed: Uint8Array;
}

/**
 * Opens one delivery (Spec 08 §7.2): looks the record up by name, undoes its hops, checks the body,
 * goes one level deeper for stored mail. Each kind of record is accepted in one place only, mail of
 * an alias only inside a fetch of that alias. Were it taken elsewhere, a mailbox could hand one
 * alias's mail out under another and watch whether the owner of both reacts.
 */
export function unwind(
  suite: CryptoSuite,
  records: Records,
  invites: readonly InviteSeed[],
  delivered: Delivered,
): Unwound | UnwindRefusal {
  const outer = records.get(delivered.name);
  if (outer === undefined) return { kind: 'refused', code: 'name-unknown' };
  const { purpose } = outer;
  if (purpose.kind === 'stash' || (purpose.kind === 'contact' && purpose.alias !== undefined)) {
    return { kind: 'refused', code: 'not-stored' };
  }
  const unwound = unwindLayers(suite, outer.surb, delivered);
  switch (purpose.kind) {
    case 'loop': {
      const content = openBody(suite, outer.surb.bodySeed, unwound.body);
      const { loop, check } = purpose;
      if (content === undefined) return { kind: 'refused', code: 'loop-garbled', loop };
      return equalBytes(content.subarray(0, check.length), check)
        ? { kind: 'loop', loop, records: [outer] }
        : { kind: 'refused', code: 'loop-check', loop };
    }
    case 'contact': {
      const content = openBody(suite, outer.surb.bodySeed, unwound.body);
      if (content === undefined) return { kind: 'refused', code: 'body-check' };
      const { epoch } = outer;
      return { kind: 'contact', purpose, content, name: delivered.name, epoch, records: [outer] };
    }
    case 'bundle': {
      const content = openBody(suite, purpose.answerKey, unwound.body);
      if (content === undefined) return { kind: 'refused', code: 'body-check' };
      return { kind: 'answer', purpose, content, records: [outer] };
    }
    case 'fetch': {
      const content = openBody(suite, purpose.answerKey, unwound.body);
      if (content !== undefined) return { kind: 'answer', purpose, content, records: [outer] };
      return openStored(suite, records, invites, outer, purpose.alias, storedMail(unwound));
    }
  }
}

function openStored(
  suite: CryptoSuite,
  records: Records,
  invites: readonly InviteSeed[],
  outer: ReplyRecord,
  alias: string,
  stored: Delivered,
): Unwound | UnwindRefusal {
  const inner = records.get(stored.name);
  if (inner === undefined) return { kind: 'refused', code: 'stored-name-unknown' };
  const { purpose } = inner;
  if (purpose.kind !== 'contact' && purpose.kind !== 'stash') {
    return { kind: 'refused', code: 'stored-name-misplaced' };
  }
  if (purpose.alias !== alias) return { kind: 'refused', code: 'stored-alias-wrong' };
  const unwound = unwindLayers(suite, inner.surb, stored);
  const done = { name: stored.name, records: [outer, inner] };
  if (purpose.kind === 'contact') {
    const content = openBody(suite, inner.surb.bodySeed, unwound.body);
    return content === undefined
      ? { kind: 'refused', code: 'body-check' }
      : { kind: 'contact', purpose, content, epoch: inner.epoch, ...done };
  }
  // The hint only says which to try first: any hop can forge it.
  const hint = unwound.log.subarray(0, PACKET_NAME_BYTES);
  const hinted = invites.filter((seed) => equalBytes(seed.hint, hint));
  const others = invites.filter((seed) => !equalBytes(seed.hint, hint));
  for (const { invite, bodySeed } of [...hinted, ...others]) {
    const content = openBody(suite, bodySeed, unwound.body);
    if (content !== undefined) return { kind: 'stash', purpose, invite, content, ...done };
  }
  return { kind: 'refused', code: 'body-check' };
}
