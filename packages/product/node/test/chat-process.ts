import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';

const CLI = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

/** One line of `--json`. */
export type JsonEvent = { readonly event: string } & Readonly<Record<string, unknown>>;

/** A `sotto` process of a test: its events, and its end. */
export class CliProcess {
  readonly events: JsonEvent[] = [];
  /** Exit code, or the signal's name. */
  readonly ended: Promise<number | string | null>;
  stderr = '';
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #over = false;

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, [CLI, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error('no pipes');
    createInterface({ input: stdout }).on('line', (line) => {
      this.events.push(JSON.parse(line) as JsonEvent);
      for (const look of this.#waiting) look();
    });
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    const { promise, resolve } = Promise.withResolvers<number | string | null>();
    this.ended = promise;
    this.#child.on('close', (code, signal) => {
      this.#over = true;
      for (const look of this.#waiting) look();
      resolve(code ?? signal);
    });
  }

  /** The first event, past or to come, that fits; the test's own bound ends the wait. */
  until(match: (event: JsonEvent) => boolean): Promise<JsonEvent> {
    const { promise, resolve, reject } = Promise.withResolvers<JsonEvent>();
    const look = (): void => {
      const found = this.events.find(match);
      if (found === undefined && !this.#over) return;
      this.#waiting.delete(look);
      if (found === undefined) reject(new Error(`the process ended before: ${this.stderr}`));
      else resolve(found);
    };
    this.#waiting.add(look);
    look();
    return promise;
  }

  /** Writes a command. */
  say(command: object): void {
    this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  /** Writes raw text and ends the input. */
  end(text = ''): void {
    this.#child.stdin?.end(text);
  }

  /** Sends a signal. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
