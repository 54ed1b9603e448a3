import { TransportError } from '@sotto/transport';
import { IDENTITY_MISMATCH } from './identity.ts';

/** An error with those inside it, libp2p's aggregates and causes included. */
function* layers(error: unknown): Generator<Error> {
  if (!(error instanceof Error)) return;
  yield error;
  yield* layers(error.cause);
  if (error instanceof AggregateError) for (const inner of error.errors) yield* layers(inner);
}

const codeOfName = new Map<string, 'bad-address' | 'protocol-refused'>([
  ['NoValidAddressesError', 'bad-address'],
  ['DialDeniedError', 'bad-address'],
  ['InvalidMultiaddrError', 'bad-address'],
  ['UnsupportedProtocolError', 'protocol-refused'],
]);

/** What a failed dial or stream of libp2p means to the caller. `signal` is the caller's own. */
export function dialError(error: unknown, signal: AbortSignal): TransportError {
  if (error instanceof TransportError) return error;
  if (signal.aborted) return new TransportError('aborted', 'the dial was aborted', error);
  const all = [...layers(error)];
  if (all.some((layer) => layer.message.includes(IDENTITY_MISMATCH))) {
    return new TransportError('identity-mismatch', IDENTITY_MISMATCH, error);
  }
  for (const layer of all) {
    const code = codeOfName.get(layer.name);
    if (code !== undefined) return new TransportError(code, layer.message, error);
  }
  return new TransportError('unreachable', 'nobody answered at the addresses of the peer', error);
}

/** What a failed start of libp2p means; names the address that is taken. */
export function listenError(error: unknown): TransportError {
  const text = [...layers(error)].map((layer) => layer.message).join('\n');
  const taken = /EADDRINUSE: address already in use (\S+)/.exec(text);
  return taken === null
    ? new TransportError('not-listening', 'cannot listen at the configured addresses', error)
    : new TransportError('address-in-use', `the address ${taken[1] ?? ''} is in use`, error);
}
