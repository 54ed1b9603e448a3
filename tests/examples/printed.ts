/** A console that keeps what an example prints. */
export class Printed {
  readonly lines: string[] = [];
  readonly #waiting: { readonly line: string; readonly found: () => void }[] = [];

  readonly log = (...values: readonly unknown[]): void => {
    const line = values.map(String).join(' ');
    this.lines.push(line);
    for (const { line: wanted, found } of this.#waiting) if (wanted === line) found();
  };

  /** Resolves when this line is there. */
  async printed(line: string): Promise<void> {
    if (this.lines.includes(line)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ line, found: resolve });
    await promise;
  }
}
