/** The raw build of libsodium. It has no types. */
declare module 'libsodium-sumo' {
  /**
   * Compiles it; resolves with its functions, `_` before each name, and its memory.
   *
   * @param module - `getRandomValue`: 32 random bits, unsigned.
   */
  const compile: (module: { readonly getRandomValue: () => number }) => Promise<unknown>;
  export default compile;
}
