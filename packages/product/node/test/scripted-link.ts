import type { CloseReason, Link, LinkKind, SendOutcome } from '@sotto/transport';
import { WorkTurns } from '../src/work-turns.ts';

let peers = 0;

/** A link whose frames come when the test says so. */
export class ScriptedLink implements Link {
  readonly kind: LinkKind;
  readonly opener = false;
  /** Each is of another peer. */
  readonly peer: { readonly identityKey: Uint8Array };
  readonly preface = new Uint8Array(0);
  readonly bufferedBytes = 0;
  /** Whether it was ended here. */
  ended = false;
  #frames: ((frames: readonly Uint8Array[]) => void | Promise<void>) | undefined;
  #closed: ((reason: CloseReason) => void) | undefined;

  constructor(kind: LinkKind) {
    this.kind = kind;
    const identityKey = new Uint8Array(32);
    new DataView(identityKey.buffer).setUint32(0, ++peers);
    this.peer = { identityKey };
  }

  send(): SendOutcome {
    return this.ended ? 'closed' : 'sent';
  }

  onFrames(callback: (frames: readonly Uint8Array[]) => void | Promise<void>): void {
    this.#frames = callback;
  }

  onClose(callback: (reason: CloseReason) => void): void {
    this.#closed = callback;
  }

  close(): void {
    this.ended = true;
    this.#closed?.('local');
  }

  /** These frames come. @returns what reading waits for. */
  receive(frames: readonly Uint8Array[]): void | Promise<void> {
    return this.#frames?.(frames);
  }

  /** Packets with these numbers come. @returns what reading waits for. */
  give(from: number, count: number): void | Promise<void> {
    return this.receive(Array.from({ length: count }, (_, i) => Uint8Array.of(from + i)));
  }
}

/** Turns of a node, which pass when the test says so. */
export function scriptedTurns(): {
  readonly turns: WorkTurns;
  readonly turn: () => Promise<void>;
} {
  const deferred: (() => void)[] = [];
  const turns = new WorkTurns(8, (task) => void deferred.push(task));
  const turn = async (): Promise<void> => {
    for (const task of deferred.splice(0)) task();
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  return { turns, turn };
}
