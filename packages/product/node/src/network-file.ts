import type { NetworkParameters } from '@sotto/directory';
import type { PeerTarget } from '@sotto/transport';
import { z } from 'zod';
import { CommandFailure } from './exit-codes.ts';
import { parametersOf, readJson } from './parameters-file.ts';
import { parsePeerAddress } from '@sotto/transport';

/** A network as clients need to know it. */
export interface Network {
  readonly parameters: NetworkParameters;
  /** Peers to begin with. */
  readonly bootstrap: readonly PeerTarget[];
  /** The same by WebSocket, for browsers, as they are written; empty when the file names none. */
  readonly webSockets: readonly string[];
}

const schema = z.strictObject({
  parameters: z.record(z.string(), z.number()),
  bootstrap: z
    .array(z.string())
    .min(2, 'expected two addresses or more: a client believes no single peer'),
  webSockets: z.array(z.string()).optional(),
});

/**
 * Reads a network file, as `sotto network` writes it:
 * `{"parameters": {every field of NetworkParameters}, "bootstrap": ["/ip4/…/tcp/…/p2p/…", …],
 * "webSockets": ["/ip4/…/tcp/…/ws/p2p/…", …]}`, the last optional.
 *
 * @throws CommandFailure `usage`; its message names the file and the field.
 */
export async function readNetworkFile(path: string): Promise<Network> {
  const refuse = (field: string, why: string, cause?: unknown): CommandFailure =>
    new CommandFailure('usage', `network file "${path}": ${field}${why}`, cause);
  const read = schema.safeParse(await readJson(path, 'network file'));
  if (!read.success) {
    const [issue] = read.error.issues;
    const field =
      issue === undefined || issue.path.length === 0 ? '' : `"${issue.path.join('.')}": `;
    throw refuse(field, issue?.message ?? 'not understood', read.error);
  }
  const { bootstrap, webSockets = [] } = read.data;
  const peersOf = (field: string, texts: readonly string[]): PeerTarget[] =>
    texts.map((text, i) => {
      const peer = parsePeerAddress(text);
      if (peer.ok) return peer.value;
      throw refuse(`"${field}.${i}": `, `expected ${peer.error.expected}, got "${text}"`);
    });
  const peers = peersOf('bootstrap', bootstrap);
  peersOf('webSockets', webSockets);
  const wrong = (why: string, cause?: unknown): CommandFailure =>
    refuse('"parameters": ', why, cause);
  return { parameters: parametersOf(read.data.parameters, wrong), bootstrap: peers, webSockets };
}
