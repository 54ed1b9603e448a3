/**
 * A Chromium without Playwright, which keeps every page visible and switches off all that slows
 * background tabs down: here a tab is treated as the browser treats anybody's.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { chromiumArgs } from '../tools/chromium.ts';

/** Of a tenth of a second each. */
const MOST_TRIES = 600;

/** What stands at a path in an answer; undefined where there is none. */
function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null ? Reflect.get(inner, name) : undefined,
    value,
  );
}

/** The same, of what must be a text. */
function textAt(value: unknown, ...path: readonly string[]): string {
  const text = at(value, ...path);
  if (typeof text !== 'string') throw new Error(`no ${path.join('.')} in an answer of the browser`);
  return text;
}

/** A running browser with one window. */
export class RawChromium {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #workers = new Map<string, string>();
  #last = 0;

  private constructor(process: ChildProcess, profile: string, socket: WebSocket) {
    this.#process = process;
    this.#profile = profile;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#hear(String(data)));
  }

  /** Starts it: in its window where there is a display, else with its new headless mode. */
  static async start(path: string): Promise<RawChromium> {
    const profile = await mkdtemp(join(tmpdir(), 'sotto-chromium-'));
    const child = spawn(
      path,
      [
        ...chromiumArgs,
        ...(process.env['DISPLAY'] === undefined ? ['--headless=new'] : []),
        '--remote-debugging-port=0',
        `--user-data-dir=${profile}`,
        '--no-default-browser-check',
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const lines = createInterface({ input: child.stderr });
    const address = await new Promise<string>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`${path} ended with ${code}`)));
      lines.on('line', (line) => {
        const [, found] = /^DevTools listening on (ws:\S+)/u.exec(line) ?? [];
        if (found !== undefined) resolve(found);
      });
    });
    const socket = new WebSocket(address);
    await once(socket, 'open');
    return new RawChromium(child, profile, socket);
  }

  /** Opens a tab in front of the others. */
  async open(url: string): Promise<string> {
    const targetId = textAt(await this.#send('Target.createTarget', { url }), 'targetId');
    await this.front(targetId);
    await this.#begun(targetId);
    return targetId;
  }

  /** Puts a tab before the others. */
  async front(targetId: string): Promise<void> {
    await this.#send('Target.activateTarget', { targetId });
  }

  /** Closes a tab. */
  async closeTab(targetId: string): Promise<void> {
    await this.#send('Target.closeTarget', { targetId });
  }

  /** Runs an expression in a tab; gives what it resolves with. */
  async inTab(targetId: string, expression: string): Promise<unknown> {
    const sessionId = await this.#attach(targetId);
    try {
      return await this.#evaluate(sessionId, expression);
    } finally {
      await this.#send('Target.detachFromTarget', { sessionId });
    }
  }

  /** Runs an expression in the one worker of a tab. */
  async inWorker(targetId: string, expression: string): Promise<unknown> {
    const sessionId = await this.#attach(targetId);
    try {
      this.#workers.delete(sessionId);
      const more = { autoAttach: true, waitForDebuggerOnStart: false, flatten: true };
      await this.#send('Target.setAutoAttach', more, sessionId);
      const worker = this.#workers.get(sessionId);
      if (worker === undefined) throw new Error('the tab has no worker');
      return await this.#evaluate(worker, expression);
    } finally {
      await this.#send('Target.detachFromTarget', { sessionId });
    }
  }

  /** What it calls itself. */
  async version(): Promise<string> {
    return textAt(await this.#send('Browser.getVersion'), 'product');
  }

  /** Ends it and removes its profile. */
  async close(): Promise<void> {
    const ended = once(this.#process, 'exit');
    await this.#send('Browser.close');
    await ended;
    this.#socket.close();
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  /** A tab has nothing to run an expression in for a moment. */
  async #begun(targetId: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await this.inTab(targetId, 'document.readyState');
        return;
      } catch (error) {
        if (tries === MOST_TRIES) throw error;
        await wait(100);
      }
    }
  }

  async #attach(targetId: string): Promise<string> {
    const params = { targetId, flatten: true };
    return textAt(await this.#send('Target.attachToTarget', params), 'sessionId');
  }

  async #evaluate(sessionId: string, expression: string): Promise<unknown> {
    const params = { expression, awaitPromise: true, returnByValue: true };
    const answer = await this.#send('Runtime.evaluate', params, sessionId);
    if (at(answer, 'exceptionDetails') !== undefined) {
      throw new Error(textAt(answer, 'exceptionDetails', 'exception', 'description'));
    }
    return at(answer, 'result', 'value');
  }

  #send(method: string, params: object = {}, sessionId?: string): Promise<unknown> {
    const id = ++this.#last;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    const session = sessionId === undefined ? {} : { sessionId };
    this.#socket.send(JSON.stringify({ id, method, params, ...session }));
    return waiting.promise;
  }

  #hear(text: string): void {
    const message: unknown = JSON.parse(text);
    if (at(message, 'method') === 'Target.attachedToTarget') {
      const parent = at(message, 'sessionId');
      if (typeof parent === 'string' && at(message, 'params', 'targetInfo', 'type') === 'worker') {
        this.#workers.set(parent, textAt(message, 'params', 'sessionId'));
      }
    }
    const id = at(message, 'id');
    if (typeof id !== 'number') return;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (at(message, 'error') === undefined) waiting?.resolve(at(message, 'result'));
    else waiting?.reject(new Error(textAt(message, 'error', 'message')));
  }
}
