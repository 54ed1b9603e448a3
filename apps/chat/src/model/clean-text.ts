/**
 * Text by strangers and friends, made fit to be shown. The page puts it into text nodes alone, so it
 * can never be markup; what is left to fear is text that lies about its own order or hides in itself.
 */

/** Longest name shown, in letters as people count them: longer ones are cut. */
const MAX_NAME = 60;

/** Combining marks that one letter may carry: more only climb over other people's lines. */
const MAX_MARKS = 4;

/** Embeddings and overrides: they turn the order of what stands around them. Isolates and marks may stay in messages. */
const OVERRIDES = /[\u202A-\u202E]/gu;
const BIDI = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;
/** Letters without width. U+200C and U+200D join letters of many scripts and emoji, so they stay between them. */
const HIDDEN =
  /\u00AD|\u034F|[\u115F\u1160]|[\u17B4\u17B5]|\u180E|\u200B|[\u2060-\u2065\u206A-\u206F]|\u3164|\uFEFF|\uFFA0|[\uFFF9-\uFFFB]|[\u{E0000}-\u{E001F}]/gu;
const LOOSE_JOINERS =
  /(?<![\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F])[\u200C\u200D]+|[\u200C\u200D]+(?![\p{L}\p{Extended_Pictographic}])/gu;
/** Letters of a flag's name, which are seen only behind its black flag. */
const LOOSE_TAGS = /(?<!\u{1F3F4}[\u{E0020}-\u{E007E}]*)[\u{E0020}-\u{E007F}]+/gu;
/** Control characters but for line feed and tab. */
const CONTROLS = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/gu; // oxlint-disable-line no-control-regex
const MARKS = new RegExp(String.raw`(\p{Mn}{${MAX_MARKS}})\p{Mn}+`, 'gu');

/** A text as it is shown. */
export interface CleanText {
  readonly text: string;
  /** Something that could not be seen was left out. */
  readonly changed: boolean;
}

/** A message's text: line breaks stay, hidden and order-turning characters go. */
export function cleanMessage(raw: string): CleanText {
  const text = raw
    .replaceAll(/\r\n?|[\u2028\u2029]/gu, '\n')
    .replaceAll(OVERRIDES, '')
    .replaceAll(HIDDEN, '')
    .replaceAll(CONTROLS, '')
    .replaceAll(LOOSE_TAGS, '')
    .replaceAll(LOOSE_JOINERS, '')
    .replaceAll(MARKS, '$1');
  return { text, changed: text !== raw.replaceAll(/\r\n?|[\u2028\u2029]/gu, '\n') };
}

/** A name in one line, at most {@link MAX_NAME} long; '' when nothing is left that can be seen. */
export function cleanName(raw: string): string {
  const text = cleanMessage(raw)
    .text.replaceAll(BIDI, '')
    .replaceAll(/[\s\u2800]+/gu, ' ')
    .trim();
  return shortened(text, MAX_NAME);
}

/** What a contact is called on this page: the local name, else its id's first letters. */
export function nameOf(contact: { readonly id: string; readonly name: string }): string {
  const name = cleanName(contact.name);
  return name === '' ? `Someone ${contact.id.slice(0, 4)}` : name;
}

const letters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** A text of at most `most` letters, the last of which tells that it was cut. */
function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  let end = 0;
  let count = 0;
  for (const { index } of letters.segment(text)) {
    count += 1;
    // A letter of one code unit or of fifty: what is cut off begins before the last that has room.
    if (count === most) end = index;
    if (count > most) return `${text.slice(0, end)}…`;
  }
  return text;
}

/** First letter of a name, for its disc. */
export function initialOf(name: string): string {
  for (const { segment } of letters.segment(name)) return segment.toLocaleUpperCase();
  return '?';
}

/** The beginning of a message in one line, for lists. */
export function excerpt(raw: string, length = 120): string {
  const text = cleanMessage(raw.slice(0, 4 * length).toWellFormed())
    .text.replaceAll(/\s+/gu, ' ')
    .trim();
  return shortened(text, length);
}

/** A text as search compares it: without case and accents. */
export const folded = (text: string): string =>
  text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLocaleLowerCase();
