import type { RelayInput } from '@sotto/relay';
import type { Link } from '@sotto/transport';
import type { ShellCounters } from './shell-counters.ts';

/** Links of the clients that this node guards. Who is behind one is not known here: a link has a number. */
export class ClientLinks {
  readonly #links = new Map<string, Link>();
  readonly #deliver: (input: RelayInput) => void;
  readonly #counters: ShellCounters;
  #last = 0;

  /** `deliver` hands the core an input. */
  constructor(deliver: (input: RelayInput) => void, counters: ShellCounters) {
    this.#deliver = deliver;
    this.#counters = counters;
  }

  /** Clients' links that are open. */
  get size(): number {
    return this.#links.size;
  }

  /** Takes a link whose preface the core has accepted. */
  take(link: Link, boxSecret: Uint8Array, plan: number): void {
    const client = `client-${++this.#last}`;
    this.#links.set(client, link);
    link.onClose(() => {
      this.#links.delete(client);
      this.#deliver({ kind: 'client-detached', client });
    });
    this.#deliver({ kind: 'client-attached', client, boxSecret, plan });
    link.onFrames((frames) => {
      for (const packet of frames) this.#deliver({ kind: 'client-packet', client, packet });
    });
  }

  /** Sends a frame of the constant downlink; a client that does not read misses it. */
  send(client: string, frame: Uint8Array): void {
    const outcome = this.#links.get(client)?.send(frame) ?? 'closed';
    if (outcome === 'full') this.#counters.add('client-buffer-full');
    else if (outcome === 'closed') this.#counters.add('client-gone');
  }

  /** Ends every link, so that clients look for the node again when it is back. */
  closeAll(): void {
    for (const link of this.#links.values()) link.close();
  }

  /** Ends a link: another has taken over its box, or the node has no room. */
  close(client: string): void {
    this.#links.get(client)?.close();
  }
}
