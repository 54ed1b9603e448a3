const encoder = new TextEncoder();

/** Bytes of a text as it is sent. */
const utf8Length = (text: string): number => encoder.encode(text).length;

/** What is said about a text's length. */
export type LengthNotice =
  | { readonly kind: 'fits' }
  /** Little room is left, in bytes. */
  | { readonly kind: 'near'; readonly left: number }
  | { readonly kind: 'over'; readonly over: number };

/** Said when a fifth of the room is left, so that nobody is stopped in the middle of a sentence. */
const NEAR = 0.8;

/** @param limit - the longest text, in bytes. */
export function lengthNotice(text: string, limit: number): LengthNotice {
  // A UTF-16 unit takes one to three bytes: most texts need no encoding to be known as short.
  if (text.length * 3 < limit * NEAR) return { kind: 'fits' };
  const bytes = utf8Length(text);
  if (bytes > limit) return { kind: 'over', over: bytes - limit };
  return bytes >= limit * NEAR ? { kind: 'near', left: limit - bytes } : { kind: 'fits' };
}
