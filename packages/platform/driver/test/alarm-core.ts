import { type Core, DeadlineQueue, type Instant, instant } from '@sotto/wire';

/** An input: ring at a time, at once, or fail. */
export type AlarmInput =
  | { readonly kind: 'set'; readonly at: number; readonly name: string }
  | { readonly kind: 'echo'; readonly name: string }
  | { readonly kind: 'fail' };

/** A small core that records how it was called. */
export class AlarmCore implements Core<AlarmInput, string> {
  readonly #queue = new DeadlineQueue<string>();
  readonly #outputs: string[] = [];
  #order = 0;
  #inside = false;
  /** Times at which `wake` was called. */
  readonly wakes: number[] = [];
  /** Broken rules of the contract. */
  readonly violations: string[] = [];

  handle(now: Instant, input: AlarmInput): void {
    this.#enter('handle', () => {
      if (this.#outputs.length > 0) this.violations.push('handle before the core was drained');
      if (input.kind === 'fail') throw new Error('planted');
      if (input.kind === 'set') this.#queue.push(instant(input.at), this.#order++, input.name);
      else this.#outputs.push(`${input.name}@${now}`);
    });
  }

  poll(): string | undefined {
    return this.#outputs.shift();
  }

  nextAt(): Instant | undefined {
    return this.#queue.nextAt;
  }

  wake(now: Instant): void {
    this.#enter('wake', () => {
      this.wakes.push(now);
      const due = this.#queue.nextAt;
      if (due === undefined || due > now) this.violations.push(`woken early at ${now}`);
      for (;;) {
        const name = this.#queue.popDue(now);
        if (name === undefined) return;
        this.#outputs.push(name);
      }
    });
  }

  #enter(what: string, action: () => void): void {
    if (this.#inside) this.violations.push(`${what} from within the core`);
    this.#inside = true;
    try {
      action();
    } finally {
      this.#inside = false;
    }
  }
}
