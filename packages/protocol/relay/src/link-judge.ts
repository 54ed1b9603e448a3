import type { Capabilities } from '@sotto/directory';
import { decodePreface, type Plan, type Preface } from '@sotto/link';
import { equalBytes } from '@sotto/wire';
import type { Membership } from './membership.ts';

/** Why a link is refused. */
export type LinkRefusal =
  | 'preface'
  | 'link-network'
  | 'link-kind'
  | 'link-stranger'
  | 'link-plan'
  | 'not-capable';

/** What became of the opener of a link. */
export type LinkVerdict =
  | { readonly ok: true; readonly preface: Preface }
  | { readonly ok: false; readonly code: LinkRefusal };

/** What a node judges the opener of a link by. */
export interface LinkJudge {
  readonly membership: Pick<Membership, 'networkId' | 'knows'>;
  readonly capabilities: Capabilities;
  readonly plan: (code: number) => Plan | undefined;
}

/** Judges the opener of a link (Spec 10 §3.1); its identity key is proved by the transport. */
export function judgeLink(
  { membership, capabilities, plan }: LinkJudge,
  kind: 'mix' | 'client',
  identityKey: Uint8Array,
  bytes: Uint8Array,
): LinkVerdict {
  const preface = decodePreface(bytes);
  if (!preface.ok) return refuse('preface');
  const { value } = preface;
  if (!equalBytes(value.networkId, membership.networkId)) return refuse('link-network');
  if (value.kind !== kind) return refuse('link-kind');
  // Other nodes bring what a mailbox or contact point is for as well as what is to be mixed.
  if (kind === 'mix' && !membership.knows(identityKey)) return refuse('link-stranger');
  if (value.kind === 'client') {
    if (!capabilities.guard) return refuse('not-capable');
    if (plan(value.plan) === undefined) return refuse('link-plan');
  }
  return { ok: true, preface: value };
}

const refuse = (code: LinkRefusal): LinkVerdict => ({ ok: false, code });
