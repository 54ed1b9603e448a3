import type { NetworkParameters, NodeEntry } from '@sotto/directory';
import type { Answer, CredentialGrant, GreetingTerms } from '@sotto/mailbox';
import type { DelayClass, Surb } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import type { Rng } from '@sotto/wire';
import type { AliasLimits } from './aliases.ts';
import type { PersistBatch, StoredEntry } from './durable-log.ts';
import type { LoopAlarmTurn } from './loop-alarms.ts';
import type { PathRules } from './paths.ts';
import type { Plan } from '@sotto/link';
import type { Beat } from './punctuality.ts';
import type { Lane, SendQueueLimits } from './send-queue.ts';
import type { SlotSource } from './slot-clock.ts';
import type { StickyRules } from './sticky.ts';

/** What the driver tells an endpoint. */
export type EndpointInput =
  /** The directory's present nodes, as a client view gives them. */
  | { readonly kind: 'directory'; readonly nodes: readonly NodeEntry[] }
  /** The link to the guard that was last asked for came up, or went down. */
  | { readonly kind: 'link'; readonly up: boolean }
  /** A frame from the guard, any bytes. */
  | { readonly kind: 'frame'; readonly bytes: Uint8Array }
  /** A batch is durable. */
  | { readonly kind: 'stored'; readonly sequence: number };

/** What an endpoint wants done. */
export type EndpointOutput =
  /** Write these entries as one batch, then answer `stored`. */
  | ({ readonly kind: 'persist' } & PersistBatch)
  /** Hold one link, to this guard; close any other. */
  | {
      readonly kind: 'connect';
      readonly guard: NodeEntry;
      /** 32 bytes: shown in the preface, its hash is one's box at the guard. */
      readonly boxSecret: Uint8Array;
      /** The plan's byte. */
      readonly planCode: number;
    }
  /** Send at once: 1,600 bytes. */
  | { readonly kind: 'frame'; readonly bytes: Uint8Array }
  | { readonly kind: 'event'; readonly event: EndpointEvent };

/** What the layer above learns. */
export type EndpointEvent =
  /** A contact's fragment, 992 bytes. */
  | {
      readonly kind: 'mail';
      readonly contact: string;
      readonly content: Uint8Array;
      readonly viaMailbox: boolean;
      /** Epoch of the block that it came by, full number. */
      readonly epoch: number;
      /** It came by one of two twins: the other may bring it again. */
      readonly twin?: true;
    }
  /** A stranger's fragment by a contact point, 992 bytes. */
  | {
      readonly kind: 'contact-mail';
      readonly invite: string;
      readonly contactBox: string;
      readonly content: Uint8Array;
    }
  /** An answer to a request for a bundle. */
  | { readonly kind: 'answer'; readonly request: number; readonly answer: Answer }
  /**
   * The turn of this packet came. It is said of a packet whose crossover is unknown as well:
   * whatever is above must not act on X either.
   */
  | { readonly kind: 'sent'; readonly id: number }
  /** The packet cannot be sent any more: its reply block's epoch is over, or its node is gone. */
  | { readonly kind: 'unsent'; readonly id: number; readonly code: 'surb-epoch' | 'node-unknown' }
  /** Mailbox reply blocks can be minted that could not be before. */
  | { readonly kind: 'alias-ready' }
  /** There are not the nodes for a path: refresh the directory. */
  | { readonly kind: 'directory-needed' }
  /** More of one's loops through a node stay out than loss explains, or it is over: to be shown, no more. */
  | ({ readonly kind: 'loop-alarm' } & LoopAlarmTurn)
  /** A stored entry could not be read and was left out. */
  | { readonly kind: 'state-refused'; readonly key: string };

/** How many reply blocks of one contact and one epoch may be unused at once. */
export interface OutstandingLimits {
  /** Direct ones. */
  readonly direct: number;
  /** Ending in an alias, of the current epoch: a long text asks for forty. */
  readonly current: number;
  /** Ending in an alias, of one epoch to come. */
  readonly later: number;
  /** As many more as something has come back by in the epoch, up to these. */
  readonly earned: { readonly direct: number; readonly mailbox: number };
}

/** Bounds and rules; the defaults are {@link ENDPOINT_LIMITS}. */
export interface EndpointLimits {
  readonly queue: SendQueueLimits;
  readonly aliases: AliasLimits;
  readonly sticky: StickyRules;
  /** Reply blocks waited for. */
  readonly records: number;
  /** Direct reply blocks of one contact and epoch made within {@link EndpointLimits.directWindowMicros} and not used yet. */
  readonly directPerContact: number;
  readonly directWindowMicros: number;
  /** Blocks of one contact and epoch that may be out at once, from the records. */
  readonly outstanding: OutstandingLimits;
  /** A slot that is due longer ago is passed over: the device slept. */
  readonly lateMicros: number;
  /** How long a guard may be out of reach before the spare is tried. */
  readonly guardPatienceMicros: number;
  /** Invites and addresses whose seeds are tried. */
  readonly invites: number;
}

/** What an endpoint is made of. */
export interface EndpointOptions {
  readonly suite: CryptoSuite;
  readonly rng: Rng;
  readonly parameters: NetworkParameters;
  readonly plan: Plan;
  /** What was stored under keys that start with {@link STATE_PREFIX}. */
  readonly state?: Iterable<StoredEntry>;
  readonly limits?: Partial<EndpointLimits>;
  /** Other path rules: for tests of the rules. */
  readonly rules?: PathRules;
  /** Another clock: for tests of the clock. */
  readonly clock?: SlotSource;
}

/** Every key of an endpoint's store starts so. */
export const STATE_PREFIX = 'endpoint/';

/** A fragment under a contact's reply block. */
export interface SendOrder {
  readonly contact: string;
  readonly surb: Surb;
  /** At most 992 bytes. */
  readonly content: Uint8Array;
  readonly delayClass: DelayClass;
  /** Lane of the contact's flow. */
  readonly lane: Lane;
}

/** A packet to a stranger's contact point. */
export interface ContactOrder {
  /** The contact point's name, hexadecimal. */
  readonly node: string;
  /** 16 bytes. */
  readonly box: Uint8Array;
  /** 16 bytes: a credential, or with a proof the token of an address. */
  readonly credential: Uint8Array;
  /** 32 bytes, of a stranger who has an address: what its terms ask for. */
  readonly proof?: Uint8Array;
  /** 1,024 bytes, sealed under the invite's or the address's seed. */
  readonly body: Uint8Array;
  readonly delayClass: DelayClass;
}

/** A refill of one's own contact point. */
export interface StashOrder {
  /** The contact point's name, hexadecimal. */
  readonly node: string;
  /** 32 bytes; its hash is the contact box. */
  readonly secret: Uint8Array;
  /** At most 2. */
  readonly credentials: readonly CredentialGrant[];
  /** Reply blocks to put in, 0 to 3. */
  readonly surbs: number;
  /** Epoch in which they work, full number. */
  readonly epoch: number;
  /** Fast where a person waits for it. */
  readonly delayClass: DelayClass;
  /** It takes no alias while others wait for one: nobody waits for it. */
  readonly modest?: boolean;
}

/** Opens one's own contact box to strangers, or refills it. */
export interface GreetingOrder extends Omit<StashOrder, 'credentials'> {
  readonly terms: GreetingTerms;
}

/** Gives one's own contact box up. */
export interface CloseOrder {
  /** The contact point's name, hexadecimal. */
  readonly node: string;
  /** 32 bytes. */
  readonly secret: Uint8Array;
  readonly delayClass: DelayClass;
}

/** One chunk of one's own prekey bundle. */
export interface BundlePutOrder {
  readonly node: string;
  readonly secret: Uint8Array;
  readonly index: number;
  readonly count: number;
  readonly chunk: Uint8Array;
  /** Fast where a person waits for it. */
  readonly delayClass: DelayClass;
}

/** A request for somebody's prekey bundle. */
export interface BundleGetOrder {
  readonly node: string;
  readonly box: Uint8Array;
  readonly credential: Uint8Array;
  /** Chunk of the first answer. */
  readonly first: number;
  /** Chunks wanted: reply blocks, 1 to 3. */
  readonly surbs: number;
  readonly delayClass: DelayClass;
}

/** A reply block for a contact, and its twin: for the same content, to another mailbox (Spec 08 §8.5). */
export interface SurbPair {
  readonly surb: Surb;
  readonly twin?: Surb;
}

/** How many reply blocks of which kind. */
export interface MintCounts {
  /** Ending at one's own guard: faster, few. */
  readonly direct: number;
  /** Ending in a mailbox alias. */
  readonly mailbox: number;
  /** Full number of the epoch in which they work: current to current + horizon. */
  readonly epoch: number;
}

/** Why an order is refused. */
export interface OrderError {
  readonly code:
    | 'flow-full'
    | 'queue-full'
    | 'surb-epoch'
    | 'epoch-out-of-range'
    | 'no-path'
    | 'no-alias'
    | 'too-many-direct'
    | 'too-many-outstanding'
    | 'records-full'
    | 'own-guard';
}

/** Counters: every drop and refusal has its own. */
export type EndpointCounter =
  | `slot-${'loop' | 'payload' | 'drop'}`
  | 'slot-missed'
  | 'slot-without-path'
  | `unsent-${'crossover-unknown' | 'surb-epoch' | 'node-unknown' | 'stale'}`
  | `mail-${'direct' | 'mailbox' | 'contact-point'}`
  | 'answer-empty'
  | 'answer-bundle'
  | 'answer-wrong-kind'
  | `answer-${'length' | 'status' | 'field' | 'padding'}`
  | 'frame-filler'
  | 'frame-length'
  | 'frame-kind'
  | 'name-unknown'
  | 'stored-name-unknown'
  | 'stored-name-misplaced'
  | 'stored-alias-wrong'
  | 'not-stored'
  | 'body-check'
  | 'loop-garbled'
  | 'loop-check'
  | 'loop-untracked'
  | 'record-expired'
  | 'guard-given-up'
  | 'state-entry';

/** What an endpoint shows of itself. */
export interface EndpointStatus {
  /** Key of the guard in use. */
  readonly guard: string | undefined;
  readonly linkUp: boolean;
  readonly nodes: number;
  readonly queued: number;
  readonly records: number;
  readonly aliases: { readonly total: number; readonly ready: number };
  readonly beat: Beat;
}
