/** Names and texts that somebody might send to break a page, or to make it lie. */

export const HOSTILE_NAMES: readonly string[] = [
  '<img src=x onerror="globalThis.hacked=1">',
  '\u202EanA',
  '\u200B\u200D\u2060\uFEFF',
  'Z\u0338\u0321\u0339'.padEnd(300, '\u0338'),
  'W'.repeat(500),
  'Line\nbreak\u2028and\u2029more\u0000',
  'مرحبا \u2067abc',
];

export const HOSTILE_TEXTS: readonly string[] = [
  '<script>globalThis.hacked=1</script><img src=x onerror="globalThis.hacked=1"><svg onload="globalThis.hacked=1">',
  'javascript:globalThis.hacked=1 https://example.org/?a=1 [a](javascript:alert(1))',
  'invoice\u202Efdp.exe and \u202Dmore\u202C of it',
  'a\u200Bb\u200Bc\u2060\uFEFF\u{E0041}\u{E0042}',
  `H${'\u0336\u0337\u0338'.repeat(200)}ello`,
  'W'.repeat(6000),
  'x\n'.repeat(3000),
  '\u2067\u2067\u2067 شخص abc \u2066 def',
  '\u0000\u0007\u001B[31mred\u001B[0m',
  '👩🏽\u200D🚀 می\u200Cخواهم stays as it is',
];
