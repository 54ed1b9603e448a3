/** CPU time of a node by stage, from the profile that V8 took of its main thread. */
import { readFile } from 'node:fs/promises';
import type { Figures } from './node-load.ts';

/** One stage of a packet's way. */
export interface Stage {
  readonly stage: string;
  /** CPU time for one packet, µs. */
  readonly micros: number;
}

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
  readonly startTime: number;
  readonly endTime: number;
}

/** The first that fits the source of a frame, or of the nearest of its callers that fits one. */
const RULES: readonly (readonly [pattern: RegExp, stage: string])[] = [
  [/replay-filter|fingerprint-table/u, 'replay filter'],
  [/protocol\/sphinx|packages\/crypto/u, 'peel'],
  [/protocol\/(mixing|wire)/u, 'pool'],
  [/protocol\/relay|protocol\/(mailbox|directory|link|suite)/u, 'relay'],
  [/platform\/(driver)/u, 'driver'],
  [/platform\/storage/u, 'storage'],
  [/platform\/transport\//u, 'frames'],
  [
    /@libp2p\/(tls|tcp)|node:(internal\/)?_?(tls|net|stream)|node:_tls|internal\/streams/u,
    'sockets and encryption',
  ],
  [/@libp2p\/noise|noise-sodium/u, 'sockets and encryption'],
  [/transport-libp2p|node_modules/u, 'libp2p: multiplexer and streams'],
  [/product\/node/u, 'shell'],
];

/** CPU time per packet by stage: the process's, in the shares that the main thread's samples have. */
export async function stagesOf(figures: Figures): Promise<Stage[]> {
  if (figures.profileFile === undefined) throw new TypeError('"figures" expected with a profile');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- V8 wrote it
  const profile = JSON.parse(await readFile(figures.profileFile, 'utf8')) as Profile;
  const stageOf = new Map<number, string>();
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const walk = (id: number, above: string): void => {
    const node = byId.get(id);
    if (node === undefined) return;
    const { functionName, url } = node.callFrame;
    const found = RULES.find(([pattern]) => pattern.test(url))?.[1];
    const own =
      functionName === '(garbage collector)'
        ? 'garbage collection'
        : functionName === '(idle)'
          ? 'idle'
          : (found ?? above);
    stageOf.set(id, own);
    for (const child of node.children ?? []) walk(child, own);
  };
  walk(profile.nodes[0]?.id ?? 1, 'runtime');
  const sums = new Map<string, number>();
  // The start-up, which loads modules and warms up, is left out.
  const from = profile.endTime - figures.profiledSeconds * 1e6;
  let at = profile.startTime;
  for (const [i, id] of profile.samples.entries()) {
    at += profile.timeDeltas[i] ?? 0;
    if (at < from) continue;
    const stage = stageOf.get(id) ?? 'runtime';
    sums.set(stage, (sums.get(stage) ?? 0) + (profile.timeDeltas[i] ?? 0));
  }
  sums.delete('idle');
  const main = [...sums.values()].reduce((sum, micros) => sum + micros, 0);
  // Samples go by the wall clock, which other programs' turns lengthen: shares of them are right.
  const perPacket = (figures.cpuSeconds * 1e6) / figures.carried;
  return [...sums]
    .map(([stage, micros]) => ({ stage, micros: (micros / main) * perPacket }))
    .sort((a, b) => b.micros - a.micros);
}
