/**
 * Flags of the runtime under which a node runs: packets are late while V8 collects garbage (decision
 * 0064). Under load a young generation of 8 MB a half is collected in 2 ms; it would else grow to
 * 112 MB. An old one that may grow to two and a half times what lives is collected every fifteen
 * seconds, for some 15 ms; V8 would do so every three or four.
 */
export const NODE_FLAGS: readonly string[] = [
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=8',
  '--heap-growing-percent=150',
];
