// One `sotto chat --json` process: commands a line on its stdin, events a line on its stdout.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The command line itself, to be run by this Node. */
export const CLI: string = fileURLToPath(
  new URL('../../packages/product/node/src/cli.ts', import.meta.url),
);

/** One line of the process. */
export interface ChatEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** When an event was read, by this process's clock. */
export interface Heard {
  readonly at: number;
  readonly event: ChatEvent;
}

/** A person at a terminal, driven by lines. */
export class ChatProcess {
  readonly name: string;
  readonly heard: Heard[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #waiting: {
    readonly match: (event: ChatEvent) => boolean;
    readonly take: (event: ChatEvent) => void;
  }[] = [];
  #over = false;

  /**
   * Starts `sotto chat --json` on an account folder.
   *
   * @param how - a command to run it by (`ip netns exec NAME`, say), and another plan than the usual one.
   */
  constructor(
    name: string,
    account: string,
    networkFile: string,
    how: { readonly inside?: readonly string[]; readonly plan?: string } = {},
  ) {
    const { inside = [], plan } = how;
    this.name = name;
    const words = [CLI, 'chat', '--json', '--account', account, '--network', networkFile];
    if (plan !== undefined) words.push('--plan', plan);
    const [command = process.execPath, ...rest] = [...inside, process.execPath, ...words];
    this.#child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.#child.stdout === null) throw new Error('no stdout');
    const lines = createInterface({ input: this.#child.stdout });
    lines.on('line', (line) => this.#read(line));
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', () => {
        this.#over = true;
        resolve();
      });
    });
  }

  /** Gives a command. */
  tell(command: object): void {
    if (!this.#over) this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  /** The first event, heard already or yet to come, that matches; undefined when `millis` are over or the process is. */
  async event(
    match: (event: ChatEvent) => boolean,
    millis: number,
  ): Promise<ChatEvent | undefined> {
    const known = this.heard.find(({ event }) => match(event));
    if (known !== undefined) return known.event;
    const { promise, resolve } = Promise.withResolvers<ChatEvent | undefined>();
    const timer = setTimeout(() => resolve(undefined), millis);
    this.#waiting.push({ match, take: resolve });
    void this.#ended.then(() => resolve(undefined));
    const found = await promise;
    clearTimeout(timer);
    return found;
  }

  /** The answer to `status`. */
  async status(millis: number): Promise<ChatEvent | undefined> {
    const seen = this.heard.length;
    this.tell({ status: {} });
    const fresh = (event: ChatEvent): boolean =>
      event.event === 'status' && this.heard.findIndex((heard) => heard.event === event) >= seen;
    return this.event(fresh, millis);
  }

  /** Ends it as a person does. */
  async quit(millis: number): Promise<void> {
    this.tell({ quit: {} });
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), millis);
    await this.#ended;
    clearTimeout(timer);
  }

  #read(line: string): void {
    const event: ChatEvent = JSON.parse(line);
    this.heard.push({ at: performance.now(), event });
    this.#waiting = this.#waiting.filter(({ match, take }) => {
      if (!match(event)) return true;
      take(event);
      return false;
    });
  }
}
