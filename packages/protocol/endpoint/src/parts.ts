import { Builder } from '@sotto/sphinx';
import { encodeAlias } from './alias-codec.ts';
import { Aliases } from './aliases.ts';
import { Counters } from './counters.ts';
import { DurableLog } from './durable-log.ts';
import type {
  EndpointCounter,
  EndpointEvent,
  EndpointLimits,
  EndpointOptions,
  EndpointOutput,
} from './interface.ts';
import { ENDPOINT_LIMITS } from './limits.ts';
import { LoopStatistics } from './loop-statistics.ts';
import { PATH_RULES, type PathRules } from './paths.ts';
import { answersPerFetch, phaseAt, type Plan } from '@sotto/link';
import { encodeRecord, Records } from './records.ts';
import { ReplyBlocks } from './reply-blocks.ts';
import { aliasKey, recordKey } from './state.ts';
import { SurbMint } from './surb-mint.ts';
import { Topology } from './topology.ts';

/** What both directions of one endpoint share. */
export interface EndpointParts {
  /** What the endpoint was made of; the plan is the one in use. */
  readonly options: Omit<EndpointOptions, 'plan'> & { plan: Plan };
  readonly limits: EndpointLimits;
  readonly rules: PathRules;
  readonly builder: Builder;
  readonly mint: SurbMint;
  readonly log: DurableLog;
  readonly records: Records;
  readonly aliases: Aliases;
  readonly topology: Topology;
  readonly blocks: ReplyBlocks;
  readonly loops: LoopStatistics;
  readonly counters: Counters<EndpointCounter>;
  /** Outputs other than `persist`, first in first out. */
  readonly outputs: EndpointOutput[];
  /** Puts an event out. */
  readonly event: (event: EndpointEvent) => void;
}

/** Makes the parts of one endpoint, empty. */
export function makeParts(options: EndpointOptions): EndpointParts {
  const { suite, rng, parameters } = options;
  const own = { ...options };
  const limits = { ...ENDPOINT_LIMITS, ...options.limits };
  const rules = options.rules ?? PATH_RULES;
  const log = new DurableLog();
  const builder = new Builder(suite, rng);
  const records = new Records(limits.records);
  const aliases = new Aliases(suite, parameters, limits.aliases, (box, alias) => {
    log.put(aliasKey(box), alias === undefined ? undefined : encodeAlias(alias));
  });
  const topology = new Topology(rng, limits.sticky, limits.guardPatienceMicros);
  const mint = new SurbMint(builder, rules, rng, records);
  const blocks = new ReplyBlocks({
    suite,
    rng,
    parameters,
    limits,
    rules,
    mint,
    records,
    aliases,
    topology,
    answersPerFetch: () => answersPerFetch(own.plan, parameters),
    phase: (now) => phaseAt(own.plan, now).phase,
    keep: (record) => log.put(recordKey(record.surb.name), encodeRecord(record)),
  });
  const outputs: EndpointOutput[] = [];
  return {
    options: own,
    limits,
    rules,
    builder,
    mint,
    log,
    records,
    aliases,
    topology,
    blocks,
    loops: new LoopStatistics(parameters.maxNodes, limits.lateMicros),
    counters: new Counters<EndpointCounter>(),
    outputs,
    event: (event) => void outputs.push({ kind: 'event', event }),
  };
}
