import { CommandFailure } from './exit-codes.ts';

/** A number given by a flag. @throws CommandFailure `usage` below `least`. */
export function numberOf(
  flag: string,
  text: string | undefined,
  fallback: number,
  least: number,
): number {
  const value = text === undefined ? fallback : Number(text);
  if (!Number.isFinite(value) || value < least || text === '') {
    throw new CommandFailure('usage', `${flag}: expected a number from ${least} on, got "${text}"`);
  }
  return value;
}

/** A port given by a flag; undefined when it was not given. @throws CommandFailure `usage`. */
export function portOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = numberOf(flag, text, 0, 0);
  if (Number.isInteger(port) && port <= 65_535) return port;
  throw new CommandFailure('usage', `${flag}: expected a port from 0 to 65535, got "${text}"`);
}

/** Resolves at the first signal that asks this process to end. */
export function signalled(): AbortSignal {
  const stopping = new AbortController();
  const onSignal = (): void => stopping.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, onSignal);
  return stopping.signal;
}

/** Resolves when a signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
