// Made by tools/gen-examples.ts from packages/protocol/link/README.md: change it there.
import { decodeDownlink, encodePreface } from '@sotto/link';
import type { LinkStage as Stage } from '../stages.ts';

/** Line 8. */
export async function example1({ boxSecret, bytes, networkId }: Pick<Stage, 'boxSecret' | 'bytes' | 'networkId'>) {
  const preface = encodePreface({ kind: 'client', networkId, plan: 3, boxSecret });
  const frame = decodeDownlink(bytes); // { kind: 'filler' } or { kind: 'mail', delivered }
  return { preface, frame };
}
