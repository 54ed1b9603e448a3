import type { NodeEntry } from '@sotto/directory';
import type { Core, Instant } from '@sotto/wire';

/** What a client core must take to live in a virtual network. */
export type ClientInput =
  | { readonly kind: 'directory'; readonly nodes: readonly NodeEntry[] }
  | { readonly kind: 'link'; readonly up: boolean }
  | { readonly kind: 'frame'; readonly bytes: Uint8Array }
  | { readonly kind: 'stored'; readonly sequence: number };

/** What a client core asks of its network. */
export type ClientOutput<Event> =
  | {
      readonly kind: 'persist';
      readonly sequence: number;
      readonly entries: readonly { readonly key: string; readonly value: Uint8Array | undefined }[];
    }
  | {
      readonly kind: 'connect';
      readonly guard: NodeEntry;
      readonly boxSecret: Uint8Array;
      readonly planCode: number;
    }
  | { readonly kind: 'frame'; readonly bytes: Uint8Array }
  | { readonly kind: 'event'; readonly event: Event };

/** Any client core: an endpoint, or a person above one. */
export type ClientCore<Event> = Core<ClientInput, ClientOutput<Event>>;

/** An event and when it came. */
export interface TimedEvent<Event> {
  readonly at: Instant;
  readonly event: Event;
}
