import type { Capabilities } from '@sotto/directory';
import { decodePreface, type Plan, type Preface } from '@sotto/link';
import { equalBytes, err, ok, type Result } from '@sotto/wire';
import type { Membership } from './membership.ts';

/** Why a link is refused. */
export type LinkRefusal =
  | 'preface'
  | 'link-network'
  | 'link-kind'
  | 'link-stranger'
  | 'link-plan'
  | 'not-capable';

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
): Result<Preface, { readonly code: LinkRefusal }> {
  const preface = decodePreface(bytes);
  if (!preface.ok) return err({ code: 'preface' });
  const { value } = preface;
  if (!equalBytes(value.networkId, membership.networkId)) return err({ code: 'link-network' });
  if (value.kind !== kind) return err({ code: 'link-kind' });
  // Other nodes bring what a mailbox or contact point is for as well as what is to be mixed.
  if (kind === 'mix' && !membership.knows(identityKey)) return err({ code: 'link-stranger' });
  if (value.kind === 'client') {
    if (!capabilities.guard) return err({ code: 'not-capable' });
    if (plan(value.plan) === undefined) return err({ code: 'link-plan' });
  }
  return ok(value);
}
