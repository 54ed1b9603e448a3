/** Counts by reason of what the node's shell drops or refuses by itself, beside the core's and the transport's. */
export class ShellCounters {
  readonly #counts = new Map<string, number>();

  /** Adds to a reason, which is the program's own word. */
  add(reason: string, count = 1): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
  }

  /** All reasons that have happened. */
  read(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
