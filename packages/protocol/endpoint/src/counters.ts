/** Named counters: one for each thing that happens, no catch-all. */
export class Counters<Name extends string> {
  readonly #counts = new Map<Name, number>();

  /** Adds one. */
  count(name: Name): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** How often it happened. */
  of(name: Name): number {
    return this.#counts.get(name) ?? 0;
  }

  /** All that ever happened, by name. */
  snapshot(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
