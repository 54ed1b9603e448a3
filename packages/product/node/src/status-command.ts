import { resolve } from 'node:path';
import { spanText } from './clock-comparison.ts';
import { CommandFailure } from './exit-codes.ts';
import { defaultDataFolder } from './node-config.ts';
import type { NodeStatus } from './node-status.ts';
import { askStatus } from './status-client.ts';
import { readStatusPlace } from './status-server.ts';

/** Prints the figures of the node that runs on a folder. */
export async function statusCommand(flags: {
  readonly data?: string;
  readonly json?: boolean;
}): Promise<void> {
  const data = resolve(flags.data ?? process.env['SOTTO_DATA'] ?? defaultDataFolder());
  const place = await readStatusPlace(data);
  const status = await askStatus(place);
  if (status === undefined) {
    throw new CommandFailure('unreachable', `no node answers for the data folder "${data}"`);
  }
  process.stdout.write(flags.json === true ? `${JSON.stringify(status)}\n` : describe(status));
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

const listOf = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';

const held = (name: string, { meanHeld }: { readonly meanHeld: number }): string =>
  `${meanHeld.toFixed(1)} in the ${name}'s half`;

/** Not of links: a node on whose way loops are lost raises an alarm for each of them as well. */
function alarms(status: NodeStatus): string {
  const self = status.alarms.some(({ subject }) => subject === 'self');
  const nodes = status.alarms.filter(({ subject }) => subject === 'node');
  const named = nodes.slice(0, 4).map(({ key }) => key.slice(0, 8));
  const more = nodes.length > named.length ? ` and ${nodes.length - named.length} more` : '';
  const said = [
    ...(self ? ['what comes in here is held back or lost'] : []),
    ...(named.length === 0 ? [] : [`loops are lost or late through ${named.join(', ')}${more}`]),
  ];
  return said.join('; ') || 'none';
}

const SIDES = { ahead: 'ahead of', behind: 'behind' } as const;

function clock({ relay, clock: { compared, finding, aheadMicros } }: NodeStatus): string {
  const said = relay.clockConfirmed
    ? 'confirmed by other nodes'
    : 'not confirmed by other nodes: no mail expires';
  if (finding === null || aheadMicros === null) return said;
  if (finding === 'agrees') return `${said}, in step with ${compared} of them`;
  const off = `${spanText(aheadMicros)} ${SIDES[finding]} ${compared} of them (median)`;
  return `${said}, but ABOUT ${off}: set it and start the node again`;
}

function describe(status: NodeStatus): string {
  const { relay, links, machine, process: figures } = status;
  const { sender, recipient } = relay.pool.strata.fast;
  return `node       ${status.name}, layer ${relay.layer}, epoch ${relay.epoch}
up         ${status.uptimeSeconds.toFixed(0)} s, ${(figures.rssBytes / 1e6).toFixed(0)} MB, ${figures.cpuSeconds.toFixed(1)} s of processor time
knows      ${relay.nodes} nodes; ${links.up} links up, ${links.opening} opening, ${links.down} down; ${links.clients} clients
clock      ${clock(status)}
packets    ${sum(relay.received)} in (${listOf(relay.received)}), ${sum(relay.sent)} out
loops      ${relay.loops.sent} sent, ${relay.loops.returned} back, ${relay.loops.lost} lost, ${relay.loops.garbled} garbled
lateness   ${(relay.pool.p99LatenessMicros / 1000).toFixed(1)} ms (99 of 100 packets of the last ten seconds)
disk       ${(status.tagWrites.p99Micros / 1000).toFixed(1)} ms for replay tags (99 of 100 writes since the start); packets that are due sooner wait
replays    ${relay.replayTags} tags in ${(relay.replayFilterBytes / 1e6).toFixed(1)} MB, room for ${machine.maxTags} a key
pool       ${relay.held} held of ${machine.maxPackets}; on average ${held('sender', sender)}, ${held('recipient', recipient)} (fast class)
alarms     ${alarms(status)}
refused    by the core: ${listOf(relay.drops)}
           by the transport: ${listOf(status.transport)}
           between them: ${listOf(status.shell)}
`;
}
