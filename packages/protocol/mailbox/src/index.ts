/** Services of a node: aggregation point, contact point, guard boxes, and their requests. @module */
export {
  type AggregationCounts,
  type AggregationLimits,
  type AggregationOptions,
  DEFAULT_AGGREGATION_LIMITS,
  MAIL_BYTES,
  MAX_WAITING_SURBS,
} from './aggregation-limits.ts';
export { AggregationPoint } from './aggregation-point.ts';
export {
  type Answer,
  ANSWER_STATUS,
  type AnswerError,
  BUNDLE_CHUNK_BYTES,
  decodeAnswer,
  MAX_BUNDLE_CHUNKS,
  openAnswer,
  sealAnswer,
} from './answer.ts';
export {
  BOX_SECRET_BYTES,
  boxOf,
  CREDENTIAL_HASH_BYTES,
  credentialHash,
  HINT_BYTES,
} from './box.ts';
export { MAX_STASH } from './contact-box.ts';
export {
  type ContactLimits,
  type ContactOptions,
  type ContactParameters,
  DEFAULT_CONTACT_LIMITS,
} from './contact-limits.ts';
export { ContactPoint, type Opening, type StashRefusal } from './contact-point.ts';
export { MAX_BOX_CREDENTIALS } from './contact-record.ts';
export {
  greetingBodySeed,
  type GreetingRefusal,
  type GreetingTerms,
  greetingToken,
  MAX_GREETINGS_PER_EPOCH,
} from './greeting.ts';
export {
  GreetingPuzzle,
  MAX_PUZZLE_COST,
  meetsCost,
  puzzleDigest,
  type PuzzleSubject,
} from './greeting-puzzle.ts';
export {
  DEFAULT_GUARD_LIMITS,
  GUARANTEED_MAIL,
  type GuardAttached,
  GuardBoxes,
  type GuardLimits,
  type GuardOptions,
  MAX_GUARD_MAIL,
} from './guard-box.ts';
export { type MailboxOutput, type Persist, type RunSurb, type StoredEntry } from './output.ts';
export { ExpiryClock } from './expiry-clock.ts';
export {
  type CloseRequest,
  type Decoded,
  type BundleGetRequest,
  type BundlePutRequest,
  type CredentialGrant,
  decodeRequest,
  encodeRequest,
  type FetchRequest,
  type GreetingRequest,
  MAX_CREDENTIAL_USES,
  MAX_DELETES,
  MAX_REQUEST_CREDENTIALS,
  MAX_REQUEST_SURBS,
  type Request,
  type RequestError,
  SERVICE,
  type StashRequest,
} from './request.ts';
