import { readFileSync } from 'node:fs';
import { DROP_REASONS, type DropReason } from '@sotto/mixing';
import { expect, test } from 'vitest';
import { CASES } from './reason-cases.ts';

const PROTOCOL = new URL('../../', import.meta.url);
const SPEC = new URL('../../../../spec/', import.meta.url);

/** A test by file and title; of chapter 11, which no node speaks yet, a file of vectors. */
type Raised = { readonly file: string; readonly title: string } | { readonly vectors: string };

const inRequests: Raised = {
  file: 'mailbox/test/request.test.ts',
  title: '%s: refused with its own code',
};
const inAggregation: Raised = {
  file: 'mailbox/test/aggregation-point.node.test.ts',
  title: 'each bound refuses the newcomer with its own code, and nobody loses mail by it',
};
const inContacts: Raised = {
  file: 'mailbox/test/contact-point.test.ts',
  title: 'each refusal has its own code and costs nothing',
};
const inContactBounds: Raised = {
  file: 'mailbox/test/contact-point.test.ts',
  title: 'boxes, stashes and credentials are bounded; spent credentials give way',
};
const inGuard: Raised = {
  file: 'mailbox/test/guard-box.test.ts',
  title: 'boxes and mail are bounded: the newcomer is refused',
};
const inSuite2: Raised = { vectors: 'suite2-malformed.json' };

/** Which test raises what no case of a node does here. */
const ELSEWHERE: Partial<Record<DropReason, Raised>> = {
  // Behind `frame-length` here.
  'packet-length': {
    file: 'sphinx/test/refusal.test.ts',
    title: 'each field’s fault has its own reason, and the whole packet passes',
  },
  'sub-hop-key': inSuite2,
  'sub-hop-mac': inSuite2,
  'sub-hop-twice': inSuite2,
  'announce-refused': {
    file: 'relay/test/relay.test.ts',
    title: 'a list that is full of others stops no node: it tries again',
  },
  // A body has one length.
  'request-length': inRequests,
  'request-field': inRequests,
  'alias-limit': inAggregation,
  'alias-quota': inAggregation,
  'store-full': inAggregation,
  'duplicate-name': inAggregation,
  'contact-box-limit': inContactBounds,
  'bad-credential': inContacts,
  'spent-credential': inContacts,
  'empty-stash': inContacts,
  'credential-limit': inContactBounds,
  'stash-full': inContactBounds,
  'surb-epoch': {
    file: 'mailbox/test/contact-point.test.ts',
    title:
      'a reply block of an epoch that is over or beyond the horizon is refused, the rest stands',
  },
  'answer-queue-full': {
    file: 'mailbox/test/contact-point.test.ts',
    title: 'a bundle is for those who could write, and asking does not spend',
  },
  'greeting-proof': {
    file: 'mailbox/test/priced-greeting.test.ts',
    title: 'a proof lets one packet in: not twice, not in another epoch, not at another box',
  },
  'guard-box-full': inGuard,
  'guard-box-limit': inGuard,
};

/** Whether the text of that test, or a vector, expects the reason. */
function raises(reason: string, raised: Raised): boolean {
  if ('vectors' in raised) {
    const text = readFileSync(new URL(`vectors/${raised.vectors}`, SPEC), 'utf8');
    return new RegExp(`"code":\\s*"${reason}"`, 'u').test(text);
  }
  const tests = readFileSync(new URL(raised.file, PROTOCOL), 'utf8').split(/^(?=test)/mu);
  const [found = '', ...others] = tests.filter((text) => text.includes(`'${raised.title}'`));
  return others.length === 0 && found.includes(`'${reason}'`);
}

test('every reason has a case at a node, or a test elsewhere that names it', () => {
  const cases = Object.keys(CASES);
  const elsewhere = Object.keys(ELSEWHERE);
  expect([...cases, ...elsewhere].sort()).toEqual([...DROP_REASONS].sort());
  const silent = Object.entries(ELSEWHERE).filter(([reason, raised]) => !raises(reason, raised));
  expect(silent).toEqual([]);
});

test('a test that does not name the reason, or is not there, is found out', () => {
  expect(raises('alias-limit', inContacts)).toBe(false);
  expect(raises('alias-limit', { ...inAggregation, title: 'each bound' })).toBe(false);
  expect(raises('alias-limit', inSuite2)).toBe(false);
  expect(raises('alias-limit', inAggregation)).toBe(true);
});
