/** Holds a secret so that no log, error or JSON shows it by accident. */
export class Redacted<T> {
  readonly #value: T;

  /** Wraps `value`. */
  constructor(value: T) {
    this.#value = value;
  }

  /** The secret itself. Each call is a place to review. */
  reveal(): T {
    return this.#value;
  }

  /** A fixed word. */
  toString(): string {
    return '[redacted]';
  }

  /** A fixed word. */
  toJSON(): string {
    return '[redacted]';
  }
}
