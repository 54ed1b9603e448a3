import { Driver, systemTimers } from '@sotto/driver';
import { Person, type PersonEvent, type PersonInput, type PersonOutput } from '@sotto/messaging';
import type { Instant } from '@sotto/wire';
import type { ClientOptions } from './client-io.ts';
import type { ClientEvent } from './event-io.ts';
import { DIRECTORY_PREFIX, DirectoryFeed } from './directory-feed.ts';
import { GuardConnection } from './guard-connection.ts';
import { DATA_KEY, OwnFigures } from './own-figures.ts';
import { Persistence } from './persistence.ts';
import type { SealedStore } from './sealed-store.ts';

/** What an engine is made of besides the options of its client. */
export interface EngineParts {
  readonly sealed: SealedStore;
  readonly stored: Awaited<ReturnType<SealedStore['load']>>;
  /** 16 bytes. */
  readonly network: Uint8Array;
  /** Told what happened to the person, when everything before it is stored. */
  readonly onEvent: (event: PersonEvent) => void;
  readonly publish: (event: ClientEvent) => void;
  /** Told of an error that the client cannot go on after. */
  readonly onError: (error: unknown) => void;
}

/** A person's core with all that drives it: store, directory, link to the guard, clock. */
export class Engine {
  readonly figures: OwnFigures;
  readonly #options: ClientOptions;
  readonly #sealed: SealedStore;
  readonly #persistence: Persistence;
  readonly #directory: DirectoryFeed;
  readonly #guard: GuardConnection;
  readonly #driver: Driver<PersonInput, PersonOutput, Person>;
  #stopping: Promise<void> | undefined;

  /** Runs at once. */
  constructor(options: ClientOptions, parts: EngineParts) {
    const { suite, rng, clock, transport, parameters, plan } = options;
    const { sealed, stored, network, onError, publish } = parts;
    const timers = options.timers ?? systemTimers;
    this.#options = options;
    this.#sealed = sealed;
    this.#persistence = new Persistence(
      sealed,
      (sequence) => this.#deliver({ kind: 'stored', sequence }),
      onError,
    );
    this.#directory = new DirectoryFeed({
      suite,
      rng,
      clock,
      timers,
      parameters,
      transport,
      bootstrap: options.bootstrap,
      onNodes: (nodes) => {
        this.#deliver({ kind: 'directory', nodes });
        publish({ kind: 'directory', nodes: nodes.length });
      },
      store: (entries) => this.#persistence.add(entries),
      onError,
    });
    const person = new Person({
      suite,
      rng,
      parameters,
      plan,
      secondMailbox: options.secondMailbox === true,
      stored: stored.filter(isPersons),
    });
    this.#guard = new GuardConnection({
      transport,
      timers,
      rng,
      networkId: network,
      downlinkIntervalMicros: () => {
        const { phase, hours } = person.plan.current;
        return Math.max(phase.downlinkIntervalMicros, hours?.phase.downlinkIntervalMicros ?? 0);
      },
      find: (key) => this.#directory.find(key),
      onUp: (guard) => {
        this.#deliver({ kind: 'link', up: true });
        publish({ kind: 'online', guard });
      },
      onDown: () => {
        this.#deliver({ kind: 'link', up: false });
        publish({ kind: 'offline' });
      },
      onFrame: (bytes) => {
        this.figures.frame();
        this.#deliver({ kind: 'frame', bytes });
      },
      onError,
    });
    this.figures = new OwnFigures({
      clock,
      stored: stored.find(({ key }) => key === DATA_KEY)?.value,
      store: (entries) => this.#persistence.add(entries),
      publish,
      slots: () => person.status().slots,
    });
    this.#driver = new Driver<PersonInput, PersonOutput, Person>({
      core: person,
      clock,
      timers,
      onOutput: (output) => this.#carryOut(output, parts),
      onError,
    });
    this.#directory.restore(stored.filter(({ key }) => key.startsWith(DIRECTORY_PREFIX)));
    this.#directory.start();
  }

  /** Asks or orders the core. */
  command<T>(action: (person: Person, now: Instant) => T): T {
    return this.#driver.command(action);
  }

  /** Whether nothing is told or done any more. */
  get stopped(): boolean {
    return this.#driver.stopped;
  }

  /** Hex name of the guard while the link is up. */
  get guard(): string | undefined {
    return this.#guard.guard;
  }

  /** Every counted refusal and loss below the person. */
  counts(): { link: Counts; directory: Counts; transport: Counts } {
    return {
      link: this.#guard.counts(),
      directory: this.#directory.counts(),
      transport: this.#options.transport.counters(),
    };
  }

  /** Puts entries of the client's own beside the core's. */
  store(key: string, value: Uint8Array): void {
    this.#persistence.add([{ key, value }]);
  }

  /** Resolves when all that was changed so far is on the disk. */
  async stored(): Promise<void> {
    await this.#persistence.stored();
  }

  /** Ends all but the store, which has everything when this resolves. A second call waits for the first. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    await this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#driver.stop();
    this.#guard.stop();
    await this.#directory.stop();
    await this.#options.transport.stop();
    this.figures.write();
    await this.#persistence.idle();
  }

  /** Lets go of the store. After {@link Engine.stop}. */
  async close(): Promise<void> {
    await this.#sealed.close();
  }

  #deliver(input: PersonInput): void {
    this.#driver.deliver(input);
  }

  #carryOut(output: PersonOutput, { onEvent }: EngineParts): void {
    switch (output.kind) {
      case 'persist':
        this.#persistence.addOfCore(output.sequence, output.entries);
        break;
      case 'connect':
        this.#guard.want(output);
        break;
      case 'frame':
        this.#guard.send(output.bytes);
        this.figures.frame();
        // After the drain, when the core may be asked.
        queueMicrotask(() => {
          if (!this.#driver.stopped) this.figures.slot();
        });
        break;
      case 'event': {
        const { event } = output;
        queueMicrotask(() => {
          if (this.#driver.stopped) return;
          if (event.kind === 'directory-needed') this.#directory.needed();
          else onEvent(event);
        });
        break;
      }
    }
  }
}

type Counts = Readonly<Record<string, number>>;

const isPersons = ({ key }: { readonly key: string }): boolean =>
  key.startsWith('person/') || key.startsWith('endpoint/');
