/** Counters by name, all of them known from the start: there is no catch-all that would hide a new fault. */
export class Counters<Name extends string> {
  readonly #counts = new Map<Name, number>();

  /** Every name starts at zero. */
  constructor(names: readonly Name[]) {
    for (const name of names) this.#counts.set(name, 0);
  }

  /** Adds to one. @throws RangeError of a name that was not given at the start. */
  count(name: Name, by = 1): void {
    const before = this.#counts.get(name);
    if (before === undefined)
      throw new RangeError(`"name" expected one of the counters, got ${JSON.stringify(name)}`);
    this.#counts.set(name, before + by);
  }

  /** One count. @throws RangeError of an unknown name. */
  get(name: Name): number {
    const value = this.#counts.get(name);
    if (value === undefined)
      throw new RangeError(`"name" expected one of the counters, got ${JSON.stringify(name)}`);
    return value;
  }

  /** The sum of all. */
  get total(): number {
    let sum = 0;
    for (const value of this.#counts.values()) sum += value;
    return sum;
  }

  /** A plain object of all counts, zeros too. */
  snapshot(): Readonly<Record<Name, number>> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys are exactly the names
    return Object.fromEntries(this.#counts) as Record<Name, number>;
  }
}
