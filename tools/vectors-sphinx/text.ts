/** JSON with arrays of plain values on one line where they fit, as the formatter would have it. */
export function textOf(value: unknown): string {
  const broken = /^( *"[^"]*": )\[\n([^[\]{}]*?)\n *\](,?)$/gmu;
  const joined = (whole: string, head: string, items: string, tail: string): string => {
    const line = `${head}[${items.replaceAll(/\s+/gu, ' ').trim()}]${tail}`;
    return line.length <= 100 ? line : whole;
  };
  return `${JSON.stringify(value, undefined, 2).replaceAll(broken, joined)}\n`;
}
