/** What stands in spec/vectors/*.json of chapters 02 to 04. Byte strings are lower-case hexadecimal. */
type Hex = string;

export interface NodeShape {
  readonly name: Hex;
  readonly secret: Hex;
  readonly public: Hex;
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

export interface KeyFile extends VectorFile<KeyCase> {
  readonly geometryHash: Hex;
  readonly table: Readonly<Record<string, readonly number[]>>;
}

export interface BodyCase {
  readonly bodySeed: Hex;
  readonly keys: Hex;
  readonly content: Hex;
  readonly body: Hex;
}

export interface TerminalShape {
  readonly kind: string;
  readonly box?: Hex;
  readonly credential?: Hex;
  readonly service?: number;
  readonly surb?: Hex;
}

/** What the builder was given, but for the terminal's body. `random` is all that it drew. */
export interface PathShape {
  readonly random: Hex;
  readonly path: readonly number[];
  readonly delayClass: string;
  readonly terminal: TerminalShape;
}

/** One packet as it enters a node, the tags that the node remembers, and how it leaves. */
export interface LinkShape {
  readonly node: number;
  readonly packet: Hex;
  readonly tags: readonly Hex[];
  readonly delayClass?: string;
  readonly half?: string;
}

export interface EndShape {
  readonly kind: string;
  readonly half?: string;
  readonly box?: Hex;
  readonly credential?: Hex;
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

export interface ContactCase {
  readonly stash: ReplyShape;
  readonly bodySeed: Hex;
  readonly content: Hex;
  readonly forward: ForwardCase;
  readonly hint: Hex;
  readonly run: RunShape;
  readonly unwound: DeliveredShape;
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

/** One attempt at one node; `code` is the verdict, `ok` when none refuses. */
export interface AttemptShape {
  readonly packet?: Hex;
  readonly embedded?: Hex;
  readonly log?: Hex;
  readonly body?: Hex;
}

export interface ReplayCase {
  readonly what: string;
  readonly steps: readonly (AttemptShape & { readonly code: string })[];
}

export interface MalformedCase {
  readonly what: string;
  readonly code: string;
  /** Which bytes of `packet` (of `embedded`, where a node runs a block) are not as they should be. */
  readonly differs: readonly { readonly offset: number; readonly length: number }[];
  readonly malformed: AttemptShape;
  readonly valid: AttemptShape;
}
