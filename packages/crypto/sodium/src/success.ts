/** libsodium answers 0; the arguments that could make it answer otherwise were checked before. */
export function expectSuccess(status: number): void {
  if (status !== 0) throw new Error(`libsodium refused checked arguments: status ${status}`);
}
