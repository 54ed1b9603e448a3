import { readFileSync } from 'node:fs';

/** The text of a chapter. */
export const chapter = (name: string): string =>
  readFileSync(new URL(`../../../../spec/${name}.md`, import.meta.url), 'utf8');

/** The text from where `start` stands up to the end of the first table behind it. */
export function section(text: string, start: string): string {
  const at = text.indexOf(start);
  if (at < 0) throw new RangeError(`"start" expected in the chapter, got ${start}`);
  const lines = text.slice(at).split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const end = lines.findIndex((line, i) => i > first && !line.startsWith('|'));
  return lines.slice(0, end < 0 ? undefined : end).join('\n');
}

/** Cells of every table row of a text, without padding, quotes and commas. */
export const rows = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.replaceAll('`', '').replaceAll(',', '').trim()),
    );
