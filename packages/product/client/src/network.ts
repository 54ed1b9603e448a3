import { checkParameters, DEFAULT_PARAMETERS, type NetworkParameters } from '@sotto/directory';
import { parsePeerAddress, type PeerTarget } from '@sotto/transport';
import { SottoError } from './sotto-error.ts';

/** A network as clients need to know it, in JSON: what `sotto network` writes into its file. */
export interface Network {
  /** Every field of NetworkParameters. */
  readonly parameters: Readonly<Record<string, number>>;
  /** Peers to begin with, two or more: `/ip4/…/tcp/…/p2p/12D3KooW…`, for browsers `/ws` or `/tls/ws`. */
  readonly bootstrap: readonly string[];
  /** The same peers at addresses that a browser can dial; in Node not looked at. */
  readonly webSockets?: readonly string[];
}

/** A network that was read. */
export interface ReadNetwork {
  readonly parameters: NetworkParameters;
  readonly bootstrap: readonly PeerTarget[];
}

const FIELDS = new Set(['parameters', 'bootstrap', 'webSockets']);
const PARAMETERS = Object.keys(DEFAULT_PARAMETERS);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isComplete = (
  value: Readonly<Record<string, unknown>>,
): value is Readonly<Record<keyof NetworkParameters, number>> =>
  PARAMETERS.every((name) => typeof value[name] === 'number');

const refusal = (field: string, why: string, cause?: unknown): SottoError =>
  new SottoError('network-invalid', `"${field}": ${why}`, cause === undefined ? {} : { cause });

/**
 * Reads the description of a network: any value.
 *
 * @throws SottoError `network-invalid`, which names the field, or `few-peers`.
 */
export function readNetwork(value: unknown): ReadNetwork {
  if (!isObject(value)) throw new SottoError('network-invalid', 'expected an object');
  const unknown = Object.keys(value).find((name) => !FIELDS.has(name));
  if (unknown !== undefined) throw refusal(unknown, 'is no field of a network');
  const { parameters, bootstrap } = value;
  if (!Array.isArray(bootstrap)) throw refusal('bootstrap', 'expected a list of addresses');
  const peers = peersOf(bootstrap);
  if (!isObject(parameters)) throw refusal('parameters', 'expected an object of numbers');
  for (const [name, number] of Object.entries(parameters)) {
    if (typeof number !== 'number') throw refusal(`parameters.${name}`, 'expected a number');
  }
  if (!isComplete(parameters)) {
    const missing = PARAMETERS.filter((name) => typeof parameters[name] !== 'number');
    throw refusal('parameters', `"${missing.join('", "')}" missing`);
  }
  return { parameters: checked(parameters), bootstrap: peers };
}

function checked(parameters: Readonly<Record<keyof NetworkParameters, number>>): NetworkParameters {
  try {
    return checkParameters(parameters);
  } catch (error) {
    if (!(error instanceof TypeError) && !(error instanceof RangeError)) throw error;
    throw new SottoError('network-invalid', error.message, { cause: error });
  }
}

function peersOf(addresses: readonly unknown[]): PeerTarget[] {
  if (addresses.length < 2) {
    throw new SottoError('few-peers', '"bootstrap" expected two addresses or more');
  }
  return addresses.map((text, i) => {
    const peer = parsePeerAddress(typeof text === 'string' ? text : '');
    if (peer.ok) return peer.value;
    throw refusal(`bootstrap.${i}`, `expected ${peer.error.expected}, got "${String(text)}"`);
  });
}
