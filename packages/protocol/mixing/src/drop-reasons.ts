import type { PeelReason } from '@sotto/sphinx';

/** Refusals of the packet, as the peel names them; this fails to compile when that list grows. */
const PEEL: Readonly<Record<PeelReason, true>> = {
  'packet-length': true,
  'packet-version': true,
  epoch: true,
  'point-not-canonical': true,
  'point-low-order': true,
  mac: true,
  replay: true,
  'command-unknown': true,
  'command-wrong-mac': true,
  'surb-length': true,
  'inner-body-mac': true,
  'sub-hop-key': true,
  'sub-hop-mac': true,
  'sub-hop-twice': true,
};

/** Refusals behind the peel: by the mix, the links, and the services of a node. */
const NODE = [
  // mixing
  'replay-filter-full',
  'pool-full',
  'unknown-loop',
  // links
  'link-down',
  'link-buffer-full',
  'receipt-missing',
  'receipt-invalid',
  'preface',
  'link-network',
  'link-kind',
  'link-stranger',
  'link-plan',
  'frame-length',
  'not-capable',
  // directory: the own descriptor found no room (Spec 07 §5.2)
  'announce-refused',
  // services: which one, and the layout of its request (Spec 06 §3)
  'service-unknown',
  'request-length',
  'request-count',
  'request-field',
  'request-padding',
  // aggregation point (Spec 06 §4)
  'box-unknown',
  'alias-limit',
  'alias-quota',
  'store-full',
  'duplicate-name',
  // contact point (Spec 06 §5)
  'contact-box-unknown',
  'contact-box-limit',
  'bad-credential',
  'spent-credential',
  'greeting-proof',
  'empty-stash',
  'credential-limit',
  'surb-epoch',
  'stash-full',
  'answer-queue-full',
  // guard (Spec 06 §6)
  'guard-box-full',
  'guard-box-limit',
  // clients of a guard: more than any plan sends (Spec 10 §3.3)
  'client-rate',
  // the node is about to end and empties its pool
  'stopping',
] as const;

/** Why a node dropped a packet or refused a request. Counted at the node; the wire never tells one from another. */
export type DropReason = PeelReason | (typeof NODE)[number];

const isPeelReason = (text: string): text is PeelReason => Object.hasOwn(PEEL, text);

/** Ways in which a packet that came in ends here without a terminal. */
export const PACKET_REASONS: readonly DropReason[] = [
  ...Object.keys(PEEL).filter(isPeelReason),
  'replay-filter-full',
  'pool-full',
  'frame-length',
  'client-rate',
  'stopping',
];

/** Ways in which a packet that left the pool was given up: never sent, or sent without a receipt (Spec 10 §3.5). */
export const LINK_REASONS: readonly DropReason[] = [
  'link-down',
  'link-buffer-full',
  'receipt-missing',
];

/** Every reason there is, each once. */
export const DROP_REASONS: readonly DropReason[] = [
  ...Object.keys(PEEL).filter(isPeelReason),
  ...NODE,
];
