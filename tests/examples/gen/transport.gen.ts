// Made by tools/gen-examples.ts from packages/platform/transport/README.md: change it there.
import type { TransportStage as Stage } from '../stages.ts';

/** Line 8. */
export async function example1({ console, frame, judge, peer, preface, signal, take, transport }: Pick<Stage, 'console' | 'frame' | 'judge' | 'peer' | 'preface' | 'signal' | 'take' | 'transport'>) {
  const link = await transport.openLink({ kind: 'mix', peer, preface, signal });
  link.onFrames(async (frames) => {
    for (const each of frames) take(each);
  }); // a pending promise stops reading: the sender feels it as 'full'
  link.onClose((reason) => console.log(reason)); // exactly once
  if (link.send(frame) === 'full') console.log('dropped');
  transport.subscribe('/sotto/descriptor/1', (bytes) => judge(bytes)); // 'accept' passes it on
  return { link };
}
