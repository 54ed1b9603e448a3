/** Counts by reason of what the node's shell drops or refuses by itself, beside the core's and the transport's. */
export class ShellCounters {
  readonly #counts = new Map<string, number>();

  /** Adds one to a reason, which is the program's own word. */
  add(reason: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  /** All reasons that have happened. */
  read(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
