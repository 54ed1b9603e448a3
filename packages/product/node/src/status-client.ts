import type { NodeStatus } from './node-status.ts';
import type { StatusPlace } from './status-server.ts';

const WAIT_MILLIS = 5000;

const isStatus = (value: unknown): value is NodeStatus =>
  typeof value === 'object' && value !== null && 'relay' in value && 'links' in value;

/**
 * Asks the node that serves its status at a port of this machine; undefined when it does not answer,
 * or when nobody has said where.
 */
export async function askStatus(
  place: Pick<StatusPlace, 'port' | 'token'> | undefined,
): Promise<NodeStatus | undefined> {
  if (place === undefined) return undefined;
  try {
    const response = await fetch(`http://127.0.0.1:${place.port}/status`, {
      headers: { authorization: `Bearer ${place.token}` },
      signal: AbortSignal.timeout(WAIT_MILLIS),
    });
    const value: unknown = await response.json();
    return isStatus(value) ? value : undefined;
  } catch (error) {
    // Nobody listens, or another program does: the node is gone.
    if (error instanceof TypeError || error instanceof SyntaxError) return undefined;
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}
