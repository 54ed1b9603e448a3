/** Characters of one message that are shown at most. */
const SHOWN_CHARACTERS = 4000;
/** Marks on one letter that are shown: more climb over the lines above. */
const MARKS_SHOWN = 4;

/**
 * What a terminal must not be given: control characters (with ESC every sequence that moves the cursor,
 * changes the title or answers for the person), signs that turn the direction of writing, signs that
 * are not seen, line separators, halves of pairs, private and unassigned code points.
 */
const HOSTILE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u;
/** Joins the parts of a picture, as in a family; it does nothing elsewhere. */
const JOINER = '\u200d';
const MARK = /\p{M}/u;
const PICTURE = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u{fe0f}/u;

/**
 * A text of a stranger as it may be printed: line feeds stay, tabs become spaces, everything that a
 * terminal would obey is written out as `\u{…}`; a longer text is cut, and says so.
 */
export function printable(text: string, limit: number = SHOWN_CHARACTERS): string {
  let out = '';
  let count = 0;
  let marks = 0;
  let before = '';
  for (const character of text.replaceAll('\r\n', '\n')) {
    if (count++ === limit) {
      return `${out}… (${text.length - limit} more characters are not shown)`;
    }
    marks = MARK.test(character) ? marks + 1 : 0;
    const joins = character === JOINER && PICTURE.test(before);
    before = character;
    if (character === '\n') out += '\n';
    else if (character === '\t') out += '  ';
    else if ((HOSTILE.test(character) && !joins) || marks > MARKS_SHOWN) out += escaped(character);
    else out += character;
  }
  return out;
}

/** The same for what stands in one line, as a name does. */
export const printableLine = (text: string, limit = 64): string =>
  printable(text, limit).replaceAll('\n', '\\n');

const escaped = (character: string): string =>
  `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
