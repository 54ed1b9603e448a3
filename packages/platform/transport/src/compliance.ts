/** Named cases that every transport must pass; its test file loops over them. @module */
import { exchangeCases } from './compliance-exchange.ts';
import { hostileCases } from './compliance-hostile.ts';
import { linkCases } from './compliance-links.ts';
import type { TransportCase } from './compliance-bench.ts';

export { COMPLIANCE_SIZES, type TransportBench, type TransportCase } from './compliance-bench.ts';

/** All of them: links, strangers who keep no rule, snapshots and gossip. */
export const transportCases: readonly TransportCase[] = [
  ...linkCases,
  ...hostileCases,
  ...exchangeCases,
];
