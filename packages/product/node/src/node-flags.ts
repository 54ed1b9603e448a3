/**
 * Flags of the runtime under which a node runs: packets are late while V8 collects garbage (decision
 * 0064). A young generation of 8 MB a half, which would else grow to 112 MB, is collected in 2 ms in
 * the median, not in 3. An old one that may grow to two and a half times what lives is collected
 * every fifteen seconds under load, for some 15 ms; V8 would do so every five to ten.
 */
export const NODE_FLAGS: readonly string[] = [
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=8',
  '--heap-growing-percent=150',
];
