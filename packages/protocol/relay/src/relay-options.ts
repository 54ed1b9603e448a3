import type { Capabilities, NetworkParameters } from '@sotto/directory';
import type { Plan } from '@sotto/link';
import type { AggregationLimits, StoredEntry } from '@sotto/mailbox';
import type { CryptoSuite } from '@sotto/suite';
import type { Instant, Rng } from '@sotto/wire';
import type { StoredEpoch } from './epoch-keys.ts';

/** What one node is made of. */
export interface RelayOptions {
  readonly suite: CryptoSuite;
  readonly rng: Rng;
  readonly parameters: NetworkParameters;
  readonly now: Instant;
  /** Ed25519 public key, 32 bytes. */
  readonly identityKey: Uint8Array;
  /** Ed25519 secret key, 64 bytes. */
  readonly identitySecret: Uint8Array;
  readonly capabilities: Capabilities;
  /** Multiaddrs under which others reach it. */
  readonly addresses: readonly string[];
  /** Routing keys that the secret files hold; `restorePlaces` brings what was seen under them. */
  readonly epochs?: readonly StoredEpoch[];
  /** Entries of the store. */
  readonly stored?: readonly StoredEntry[];
  /** Whether the entries under {@link MAIL_PREFIX} are not among them and follow by `restoreMail`. */
  readonly mailFollows?: boolean;
  /** Plans that it serves; those of the network unless a test has its own. */
  readonly plans?: readonly Plan[];
  /** Replay tags that one key may see, 3.33 bytes of memory each; default 2^27. */
  readonly maxTags?: number;
  /** Packets that the pool holds at most; default 65,536, 105 MB. */
  readonly maxPackets?: number;
  /** Bounds of its aggregation point that are not the default (Spec 06 §7). */
  readonly mailboxLimits?: Partial<AggregationLimits>;
}

/** Where mail stands in the store; there may be a million of it. */
export const MAIL_PREFIX = 'mail/';
/** Where everything else of a node's core stands. */
export const OTHER_PREFIXES: readonly string[] = [
  'alias/',
  'bundle/',
  'client/',
  'contact/',
  'greeting/',
  'guard/',
  'seen/',
  'stash/',
];
