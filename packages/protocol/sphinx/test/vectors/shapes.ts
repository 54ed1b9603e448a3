/** What stands in spec/vectors/*.json of chapters 02 to 04. Byte strings are lower-case hexadecimal. */
type Hex = string;

export interface NodeShape {
  readonly name: Hex;
  readonly secret: Hex;
  readonly public: Hex;
  /** Of the node's ML-KEM pair, d ‖ z, and its public key; in suite 2. */
  readonly kemSeed?: Hex;
  readonly kemPublic?: Hex;
}

export interface VectorFile<Case> {
  readonly wireVersion: number;
  readonly spec: string;
  readonly what: string;
  readonly seed: string;
  readonly epoch: number;
  readonly nodes: readonly NodeShape[];
  readonly cases: readonly Case[];
}

export interface KeyCase {
  readonly secret: Hex;
  readonly public: Hex;
  readonly ct: Hex;
  readonly epoch: number;
  readonly nodeName: Hex;
  readonly shared: Hex;
  readonly key: Hex;
  readonly slices: Readonly<Record<string, Hex>>;
}

/** A sub-hop's keys, suite 2. */
export interface SubHopKeyCase extends KeyCase {
  readonly kemSeed: Hex;
  readonly kemPublic: Hex;
  readonly kemCoins: Hex;
  readonly kemCt: Hex;
  readonly kemShared: Hex;
  /** K'. */
  readonly subKey: Hex;
}

export interface KeyFile extends VectorFile<KeyCase> {
  readonly geometryHash: Hex;
  readonly table: Readonly<Record<string, readonly number[]>>;
}

export interface BodyCase {
  readonly bodySeed: Hex;
  readonly keys: Hex;
  readonly content: Hex;
  readonly body: Hex;
  /** Changes of `body` after which it does not open. */
  readonly refused: readonly { readonly offset: number; readonly bytes: Hex }[];
}

export interface TerminalShape {
  readonly kind: string;
  readonly box?: Hex;
  readonly credential?: Hex;
  readonly token?: Hex;
  readonly proof?: Hex;
  readonly service?: number;
  readonly surb?: Hex;
}

/** What the builder was given, but for the terminal's body. `random` is all that it drew. */
export interface PathShape {
  readonly random: Hex;
  readonly path: readonly number[];
  /** Which hop of the path has the sub-hop; in suite 2. */
  readonly subHop?: number;
  readonly delayClass: string;
  readonly terminal: TerminalShape;
}

/** What one decode at a node finds. */
export interface LayerShape {
  /** `outer`, `inner`; in suite 2 also `outer sub-hop`, `inner sub-hop`. */
  readonly decode: string;
  /** K. */
  readonly key: Hex;
  /** Which MAC holds, `body` or `header`. */
  readonly mac: string;
  /** The command in clear. */
  readonly command: Hex;
}

/** One packet as it enters a node, what the node finds, the tags that it remembers, and how it leaves. */
export interface LinkShape {
  readonly node: number;
  readonly packet: Hex;
  readonly layers: readonly LayerShape[];
  readonly tags: readonly Hex[];
  readonly delayClass?: string;
  readonly half?: string;
}

export interface EndShape {
  readonly kind: string;
  readonly half?: string;
  readonly box?: Hex;
  readonly credential?: Hex;
  readonly token?: Hex;
  readonly proof?: Hex;
  readonly service?: number;
  readonly name?: Hex;
  readonly log?: Hex;
  readonly body?: Hex;
}

export interface JourneyShape {
  readonly links: readonly LinkShape[];
  readonly end: EndShape;
}

export interface ForwardCase extends PathShape, JourneyShape {
  readonly body: Hex;
}

export interface ReplyShape extends PathShape {
  readonly surb: Hex;
  readonly embedded: Hex;
  readonly record: { readonly name: Hex; readonly hopKeys: readonly Hex[]; readonly bodySeed: Hex };
}

/** A node that runs a reply block itself, and what follows. */
export interface RunShape extends JourneyShape {
  readonly node: number;
  readonly embedded: Hex;
  readonly log: Hex;
  readonly body: Hex;
  readonly layers: readonly LayerShape[];
  readonly tags: readonly Hex[];
  readonly delayClass?: string;
  readonly half?: string;
}

export interface DeliveredShape {
  readonly name: Hex;
  readonly log: Hex;
  readonly body: Hex;
}

export interface CrossoverCase {
  readonly reply: ReplyShape;
  readonly content: Hex;
  readonly forward: ForwardCase;
  readonly unwound: DeliveredShape;
}

/** A reply block that its first node runs. */
export interface SurbCase {
  readonly what: string;
  readonly reply: ReplyShape;
  /** Key under which the body was sealed: of the block, or of a request. */
  readonly bodySeed: Hex;
  readonly content: Hex;
  readonly run: RunShape;
  /** Absent where the path ends in a DROP. */
  readonly unwound?: DeliveredShape;
}

export interface ContactCase {
  readonly stash: ReplyShape;
  readonly bodySeed: Hex;
  readonly content: Hex;
  readonly forward: ForwardCase;
  readonly hint: Hex;
  readonly run: RunShape;
  readonly unwound: DeliveredShape;
}

/** A stranger's first packet: as a contact's, from the key of an address. */
export interface GreetingCase extends ContactCase {
  readonly addressKey: Hex;
  readonly token: Hex;
  /** What the greeting point keeps of the token. */
  readonly tokenHash: Hex;
}

export interface MailboxCase {
  readonly what: string;
  /** Key under which the innermost body opens: of the mail's block, or of the request. */
  readonly bodySeed: Hex;
  readonly content: Hex;
  readonly mail?: ReplyShape;
  readonly put?: RunShape;
  readonly fetches: readonly { readonly reply: ReplyShape; readonly run: RunShape }[];
  /** What is left after each level, outermost first. */
  readonly unwound: readonly DeliveredShape[];
}

/** One attempt; `code` is the verdict, `ok` when none refuses. */
export interface AttemptShape {
  /** Which node; 0 where it is left out. */
  readonly node?: number;
  readonly packet?: Hex;
  /** A reply block that the node runs itself, with what follows. */
  readonly embedded?: Hex;
  readonly log?: Hex;
  readonly body?: Hex;
  /** A reply block as its user reads it. */
  readonly surb?: Hex;
  /** Full numbers of the epochs that the node accepts at the time; that of the file where it is left out. */
  readonly accepts?: readonly number[];
  /** Whether the node has an ML-KEM key; it does where this is left out. */
  readonly hasSubHopKey?: boolean;
}

export interface ReplayCase {
  readonly what: string;
  readonly steps: readonly (AttemptShape & { readonly code: string })[];
}

/** One change of a valid attempt that makes it what is refused. */
export interface ChangeShape {
  /** Which text is changed; or what the node accepts or has. */
  readonly field: 'packet' | 'embedded' | 'log' | 'body' | 'surb' | 'accepts' | 'hasSubHopKey';
  /** Bytes written at an offset. */
  readonly writes?: readonly { readonly offset: number; readonly bytes: Hex }[];
  /** The length to which it is cut, or extended with zeros. */
  readonly length?: number;
  readonly accepts?: readonly number[];
  readonly hasSubHopKey?: boolean;
}

export interface MalformedCase {
  readonly what: string;
  readonly code: string;
  readonly valid: AttemptShape;
  readonly change: ChangeShape;
}
