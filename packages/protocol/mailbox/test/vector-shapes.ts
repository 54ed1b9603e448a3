/** What stands in spec/vectors/request.json. Byte strings are lower-case hexadecimal. */
export interface RequestCase {
  readonly what: string;
  readonly service: number;
  /** Its fields by their names. */
  readonly request: unknown;
  readonly body: string;
}

/** A change of a valid request that makes it what is refused. */
export interface RefusedCase {
  readonly what: string;
  readonly code: string;
  /** Which of the cases. */
  readonly valid: number;
  readonly change: {
    readonly writes?: readonly { readonly offset: number; readonly bytes: string }[];
    readonly length?: number;
    readonly service?: number;
  };
}

export interface RequestFile {
  readonly wireVersion: number;
  readonly spec: string;
  readonly what: string;
  readonly seed: string;
  readonly cases: readonly RequestCase[];
  readonly refused: readonly RefusedCase[];
  readonly names: readonly {
    readonly secret: string;
    readonly box: string;
    readonly credential: string;
    readonly credentialHash: string;
    readonly addressKey: string;
    readonly token: string;
  }[];
}
