/**
 * What the examples of each document take for given: a reader knows it from the text around them.
 * An interface is named after its document (tools/gen-examples.ts).
 */
import type { Channel, Client, Network, Picture } from '@sotto/client';
import type { NetworkParameters, NodeEntry } from '@sotto/directory';
import type { EndpointEvent, StoredEntry } from '@sotto/endpoint';
import type { MailboxOutput } from '@sotto/mailbox';
import type { Person, PersonEvent, PersonOutput } from '@sotto/messaging';
import type { LocalNetwork } from '@sotto/node';
import type { Identity, Invite } from '@sotto/ratchet';
import type { RelayOutput } from '@sotto/relay';
import type { Delivered, Hop, KeyFor, Peeled, PeelReason, Surb, SurbRecord } from '@sotto/sphinx';
import type { KeyValueStore } from '@sotto/storage';
import type { CryptoSuite } from '@sotto/suite';
import type { GossipVerdict, PeerTarget, Transport, TransportHandlers } from '@sotto/transport';
import type { Instant, Result, Rng } from '@sotto/wire';

/** What an example prints. */
export interface PrintStage {
  readonly console: { log(...values: readonly unknown[]): void };
}

/** What every core is given. */
export interface CoreStage {
  readonly suite: CryptoSuite;
  readonly rng: Rng;
  readonly now: Instant;
  /** Some time after `now`. */
  readonly later: Instant;
}

/** A client, and somebody that its person knows. */
export interface TalkStage extends PrintStage {
  readonly client: Client;
  readonly contact: string;
  readonly signal: AbortSignal;
}

export interface ClientClientIoStage extends TalkStage {
  readonly bob: string;
  readonly carol: string;
  readonly link: string;
  readonly jpeg: Picture['bytes'];
}

export interface ClientChannelIoStage extends TalkStage {
  readonly channel: Channel;
}

export interface NodeOpenAccountStage extends PrintStage {
  readonly folder: string;
  readonly network: Network;
  readonly file: Uint8Array;
}

export type GuideChannelsStage = TalkStage;

/** A node of a packet's path. */
export interface PacketNode {
  readonly hop: Hop;
  readonly peel: (packet: Uint8Array) => Result<Peeled, { readonly code: PeelReason }>;
}

export interface GuideLadderStage extends TalkStage {
  readonly suite: CryptoSuite;
  readonly rng: Rng;
  readonly guard: PacketNode;
  readonly crossover: PacketNode;
  readonly mailbox: PacketNode;
  readonly nodeOf: (name: Uint8Array) => PacketNode;
  readonly box: Uint8Array;
  readonly epoch: number;
  readonly packet: Uint8Array;
  readonly record: SurbRecord;
}

export interface NobleStage {
  readonly identityKey: Uint8Array;
  readonly secret: Uint8Array;
  readonly theirs: Uint8Array;
}

export interface SodiumStage {
  readonly secret: Uint8Array;
  readonly theirs: Uint8Array;
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
}

export interface DriverStage {
  readonly person: Person;
  readonly store: KeyValueStore;
  readonly crash: (error: unknown) => void;
  readonly carryOut: (output: PersonOutput) => void;
}

export interface StorageStage {
  readonly use: (key: string, value: Uint8Array) => void;
  readonly seed: Uint8Array;
  readonly tag: Uint8Array;
}

export interface StorageIndexeddbStage {
  readonly key: CryptoKey;
}

export interface StorageLevelStage {
  readonly path: string;
  readonly tag: Uint8Array;
}

export interface StoragePostgresStage {
  readonly address: string;
  readonly use: (key: string, value: Uint8Array) => void;
}

export interface TransportStage extends PrintStage {
  readonly transport: Transport;
  readonly peer: PeerTarget;
  readonly preface: Uint8Array;
  readonly signal: AbortSignal;
  readonly take: (frame: Uint8Array) => void;
  readonly frame: Uint8Array;
  readonly judge: (bytes: Uint8Array) => GossipVerdict;
}

export interface TransportLibp2pStage extends PrintStage {
  readonly acceptLink: TransportHandlers['acceptLink'];
  readonly snapshot: TransportHandlers['snapshot'];
  readonly seed: Uint8Array;
}

export interface TransportMemoryStage {
  readonly aliceKey: Uint8Array;
  readonly bobKey: Uint8Array;
  readonly read: (frames: readonly Uint8Array[]) => void;
  readonly preface: Uint8Array;
  readonly frame: Uint8Array;
}

export interface ClientStage {
  readonly list: (contact: string, name: string) => void;
  readonly show: (contact: string, text: string) => void;
}

export interface NodeStage extends PrintStage {
  readonly network: LocalNetwork;
}

export type SimulatorStage = PrintStage;

export interface ChannelStage extends CoreStage {
  readonly bytes: Uint8Array;
  /** What a message of the peer's brought, and its number. */
  readonly theirs: Uint8Array;
  readonly number: number;
  readonly use: (read: unknown) => void;
}

export interface DirectoryStage extends CoreStage {
  readonly identityKey: Uint8Array;
  readonly secretKey: Uint8Array;
  readonly routingKeys: readonly Uint8Array[];
  readonly peers: readonly string[];
}

export interface EndpointStage extends CoreStage {
  readonly parameters: NetworkParameters;
  readonly state: readonly StoredEntry[];
  readonly nodes: readonly NodeEntry[];
  readonly epoch: number;
  readonly surb: Surb;
  readonly content: Uint8Array;
  readonly store: (entries: readonly StoredEntry[], stored: () => void) => void;
  readonly dial: (guard: NodeEntry, boxSecret: Uint8Array, planCode: number) => void;
  readonly send: (frame: Uint8Array) => void;
  readonly react: (event: EndpointEvent) => void;
}

export interface LinkStage {
  readonly networkId: Uint8Array;
  readonly boxSecret: Uint8Array;
  readonly bytes: Uint8Array;
}

export interface MailboxStage extends CoreStage {
  readonly secret: Uint8Array;
  readonly answerKey: Uint8Array;
  readonly surbs: readonly Uint8Array[];
  readonly delivered: Delivered;
  readonly handle: (output: MailboxOutput) => void;
}

export interface MessagingStage extends CoreStage {
  readonly parameters: NetworkParameters;
  readonly stored: readonly StoredEntry[];
  readonly nodes: readonly NodeEntry[];
  readonly link: string;
  readonly contact: string;
  readonly write: (entries: readonly StoredEntry[]) => Promise<void>;
  readonly show: (event: PersonEvent) => void;
  readonly drive: (output: PersonOutput) => void;
}

export interface MixingStage extends CoreStage, PrintStage {
  readonly secret: Uint8Array;
  readonly transmit: Extract<Peeled, { readonly kind: 'transmit' }>;
  readonly send: (next: string, packet: Uint8Array) => void;
}

export interface RatchetStage extends CoreStage, PrintStage {
  readonly alice: Identity;
  readonly bob: Identity;
  readonly place: Pick<Invite, 'networkId' | 'contactPoint' | 'box' | 'credential'>;
  readonly secret: Uint8Array;
  readonly expiryEpoch: number;
}

export interface RelayStage extends CoreStage {
  readonly parameters: NetworkParameters;
  readonly identityKey: Uint8Array;
  readonly identitySecret: Uint8Array;
  readonly packet: Uint8Array;
  readonly carryOut: (output: RelayOutput) => void;
}

export interface ReliableStage extends CoreStage {
  /** Seals and sends the words of a number; false when there is no reply block. */
  readonly send: (id: number) => boolean;
  readonly show: (id: number, what: string) => void;
  readonly theirId: number;
  readonly text: string;
}

export interface SphinxStage extends CoreStage {
  readonly guard: Hop;
  readonly m1: Hop;
  readonly m2: Hop;
  readonly x: Hop;
  readonly r1: Hop;
  readonly r2: Hop;
  readonly mailbox: Hop;
  readonly epoch: number;
  readonly box: Uint8Array;
  readonly content: Uint8Array;
  readonly keyFor: KeyFor;
}

export interface SuiteStage {
  readonly test: (name: string, run: () => void) => void;
  readonly myBackend: CryptoSuite;
  readonly secret: Uint8Array;
}
