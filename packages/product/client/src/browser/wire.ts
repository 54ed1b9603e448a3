/** One end of a connection between a page and the worker; messages are cloned on the way. */
export interface Wire {
  /** Sends a message. */
  post(message: unknown): void;
  /** Sets who hears what comes; once. */
  hear(listener: (message: unknown) => void): void;
  /** Nothing is heard any more. */
  close(): void;
}

/** What a worker and a worker's own scope have in common. */
export interface Port {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  removeEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}

/** A wire over a worker, from either side. */
export function portWire(port: Port): Wire {
  let listening: ((event: MessageEvent) => void) | undefined;
  return {
    post: (message) => port.postMessage(message),
    hear(listener) {
      listening = (event) => listener(event.data);
      port.addEventListener('message', listening);
    },
    close() {
      if (listening !== undefined) port.removeEventListener('message', listening);
    },
  };
}

/** Who is meant by a message on the channel that all tabs of an account share. */
interface Envelope {
  readonly to: string;
  readonly from: string;
  readonly body: unknown;
}

const isEnvelope = (value: unknown): value is Envelope =>
  typeof value === 'object' &&
  value !== null &&
  'to' in value &&
  typeof value.to === 'string' &&
  'from' in value &&
  typeof value.from === 'string' &&
  'body' in value;

/** A wire to one party of a broadcast channel. `me` and `other` are names that nobody else has. */
export function channelWire(channel: BroadcastChannel, me: string, other: string): Wire {
  let listening: ((event: MessageEvent) => void) | undefined;
  return {
    post: (body) => channel.postMessage({ to: other, from: me, body } satisfies Envelope),
    hear(listener) {
      listening = ({ data }: MessageEvent<unknown>) => {
        if (isEnvelope(data) && data.to === me && data.from === other) listener(data.body);
      };
      channel.addEventListener('message', listening);
    },
    close() {
      if (listening !== undefined) channel.removeEventListener('message', listening);
    },
  };
}

/** Everybody's name on a channel: the worker says so that it is there, a tab that it looks for one. */
export const EVERYBODY = 'everybody';

/** Calls back for each message to everybody, or to `me` from somebody new. */
export function hearCalls(
  channel: BroadcastChannel,
  me: string,
  listener: (from: string, body: unknown) => void,
): () => void {
  const listening = ({ data }: MessageEvent<unknown>): void => {
    if (isEnvelope(data) && (data.to === EVERYBODY || data.to === me)) {
      listener(data.from, data.body);
    }
  };
  channel.addEventListener('message', listening);
  return () => channel.removeEventListener('message', listening);
}

/** The channel of an account. */
export const channelName = (account: string): string => `sotto ${account}`;
/** The Web Lock that the tab holds whose worker runs the client. */
export const leaderLockName = (account: string): string => `sotto leader ${account}`;
