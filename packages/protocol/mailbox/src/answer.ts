import { CONTENT_BYTES, openBody, sealBody } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { ByteReader, ByteWriter, err, isZero, ok, type Result } from '@sotto/wire';

/** Chunks of a prekey bundle at most. */
export const MAX_BUNDLE_CHUNKS = 4;
const CHUNK_HEAD_BYTES = 5;
/** Bytes of a chunk at most: what an answer has room for. */
export const BUNDLE_CHUNK_BYTES: number = CONTENT_BYTES - CHUNK_HEAD_BYTES;

/** The status byte of an answer (Spec 06 §3.5). */
export const ANSWER_STATUS = { empty: 0, chunk: 1, noBundle: 2, notNow: 3, closed: 4 } as const;

/** What a service answers, other than mail. */
export type Answer =
  /** The alias has no mail that this batch has not brought. */
  | { readonly kind: 'empty' }
  /** One chunk of the bundle. */
  | {
      readonly kind: 'chunk';
      readonly index: number;
      readonly count: number;
      readonly chunk: Uint8Array;
    }
  /** The box is there, its bundle is not, or not this part of it. */
  | { readonly kind: 'no-bundle' }
  /** Nobody can be let in in this epoch: strangers have used it up, or no reply block is left. */
  | { readonly kind: 'not-now' }
  /** There is no such box, or what was shown does not open it: never did, is used, or was taken back. */
  | { readonly kind: 'closed' };

/** Why the content of an opened body is not an answer. */
export interface AnswerError {
  readonly code: 'answer-length' | 'answer-status' | 'answer-field' | 'answer-padding';
}

function encodeAnswer(answer: Answer): Uint8Array {
  switch (answer.kind) {
    case 'empty':
      return new ByteWriter(1).u8(ANSWER_STATUS.empty).bytes;
    case 'no-bundle':
      return new ByteWriter(1).u8(ANSWER_STATUS.noBundle).bytes;
    case 'not-now':
      return new ByteWriter(1).u8(ANSWER_STATUS.notNow).bytes;
    case 'closed':
      return new ByteWriter(1).u8(ANSWER_STATUS.closed).bytes;
    case 'chunk':
      return new ByteWriter(CHUNK_HEAD_BYTES + answer.chunk.length)
        .u8(ANSWER_STATUS.chunk)
        .u8(answer.index)
        .u8(answer.count)
        .u16(answer.chunk.length)
        .put(answer.chunk).bytes;
  }
}

/**
 * An answer as a body: sealed under the request's key, so that only who asked can tell it from
 * mail, and a hop that garbles it cannot pass for "no mail" (Spec 06 §3.5).
 *
 * @param answerKey - 32 bytes of the request.
 * @returns 1,024 fresh bytes.
 */
export const sealAnswer = (suite: CryptoSuite, answerKey: Uint8Array, answer: Answer): Uint8Array =>
  sealBody(suite, answerKey, encodeAnswer(answer));

/** Reads the 992 bytes of an opened answer. The service made them: any bytes. */
export function decodeAnswer(content: Uint8Array): Result<Answer, AnswerError> {
  if (content.length !== CONTENT_BYTES) return err({ code: 'answer-length' });
  const reader = new ByteReader(content);
  const status = reader.u8();
  let answer: Answer;
  switch (status) {
    case ANSWER_STATUS.empty:
      answer = { kind: 'empty' };
      break;
    case ANSWER_STATUS.noBundle:
      answer = { kind: 'no-bundle' };
      break;
    case ANSWER_STATUS.notNow:
      answer = { kind: 'not-now' };
      break;
    case ANSWER_STATUS.closed:
      answer = { kind: 'closed' };
      break;
    case ANSWER_STATUS.chunk: {
      const index = reader.u8();
      const count = reader.u8();
      const length = reader.u16();
      if (count < 1 || count > MAX_BUNDLE_CHUNKS || index >= count)
        return err({ code: 'answer-field' });
      if (length < 1 || length > BUNDLE_CHUNK_BYTES) return err({ code: 'answer-field' });
      answer = { kind: 'chunk', index, count, chunk: reader.take(length) };
      break;
    }
    default:
      return err({ code: 'answer-status' });
  }
  return isZero(reader.rest()) ? ok(answer) : err({ code: 'answer-padding' });
}

/**
 * Opens a body as an answer to the request that `answerKey` was made for.
 *
 * @returns undefined when it was not sealed under that key: stored mail, or garbled on its way.
 */
export function openAnswer(
  suite: CryptoSuite,
  answerKey: Uint8Array,
  body: Uint8Array,
): Result<Answer, AnswerError> | undefined {
  const content = openBody(suite, answerKey, body);
  return content === undefined ? undefined : decodeAnswer(content);
}
