import { DROP_REASONS, type DropReason } from '@sotto/mixing';
import { expect, test } from 'vitest';
import type {
  AggregationPoint,
  ContactPoint,
  GuardBoxes,
  RequestError,
  StashRefusal,
} from '../src/index.ts';

type CodeOf<R> = R extends { readonly ok: false; readonly error: { readonly code: infer Code } }
  ? Code
  : never;
type Refusal =
  | RequestError['code']
  | StashRefusal
  | CodeOf<ReturnType<AggregationPoint['fetch' | 'deliver']>>
  | CodeOf<
      ReturnType<
        ContactPoint['stash' | 'putBundle' | 'take' | 'greet' | 'openGreeting' | 'getBundle']
      >
    >
  | CodeOf<ReturnType<GuardBoxes['attach' | 'deliver']>>;

/** One row a refusal: a new one does not compile until it is here, and a node can count it. */
const REFUSALS: Readonly<Record<Refusal, DropReason>> = {
  'service-unknown': 'service-unknown',
  'request-length': 'request-length',
  'request-count': 'request-count',
  'request-field': 'request-field',
  'request-padding': 'request-padding',
  'credential-limit': 'credential-limit',
  'surb-epoch': 'surb-epoch',
  'stash-full': 'stash-full',
  'alias-limit': 'alias-limit',
  'box-unknown': 'box-unknown',
  'alias-quota': 'alias-quota',
  'store-full': 'store-full',
  'duplicate-name': 'duplicate-name',
  'contact-box-limit': 'contact-box-limit',
  'contact-box-unknown': 'contact-box-unknown',
  'bad-credential': 'bad-credential',
  'spent-credential': 'spent-credential',
  'greeting-proof': 'greeting-proof',
  'empty-stash': 'empty-stash',
  'answer-queue-full': 'answer-queue-full',
  'guard-box-limit': 'guard-box-limit',
  'guard-box-full': 'guard-box-full',
};

test('a node has a counter for every refusal of its services', () => {
  for (const [refusal, reason] of Object.entries(REFUSALS)) {
    expect(reason).toBe(refusal);
    expect(DROP_REASONS).toContain(refusal);
  }
});
