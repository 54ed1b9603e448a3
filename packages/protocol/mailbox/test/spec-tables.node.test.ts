import { DROP_REASONS } from '@sotto/mixing';
import { EMBEDDED_SURB_BYTES } from '@sotto/sphinx';
import { expect, test } from 'vitest';
import { chapter, rows, section } from '../../sphinx/test/spec-text.ts';
import {
  BUNDLE_CHUNK_BYTES,
  DEFAULT_AGGREGATION_LIMITS,
  DEFAULT_CONTACT_LIMITS,
  DEFAULT_GUARD_LIMITS,
  encodeRequest,
  MAX_BOX_CREDENTIALS,
  MAX_BUNDLE_CHUNKS,
  MAX_CREDENTIAL_USES,
  MAX_GREETINGS_PER_EPOCH,
  MAX_GUARD_MAIL,
  MAX_PUZZLE_COST,
  MAX_STASH,
  MAX_WAITING_SURBS,
  type Request,
} from '../src/index.ts';

const text = chapter('06-mailbox');

/** Where every byte of a request starts, by the table of its service. */
const offsetsOf = (heading: string): readonly number[] =>
  rows(section(text, heading))
    .map(([offset]) => Number(offset))
    .filter((offset) => !Number.isNaN(offset));

const some = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

/** One request a service, each field of one value, which shows where it starts. */
const requests: readonly (readonly [string, Request])[] = [
  [
    '### 3.1 Service 1',
    {
      kind: 'fetch',
      secret: some(32, 1),
      answerKey: some(32, 2),
      deletes: [some(16, 4)],
      surbs: [some(EMBEDDED_SURB_BYTES, 6)],
    },
  ],
  [
    '### 3.2 Service 2',
    {
      kind: 'stash',
      secret: some(32, 1),
      credentials: [{ hash: some(16, 3), hint: some(16, 3), uses: 3 }],
      surbs: [some(EMBEDDED_SURB_BYTES, 6)],
    },
  ],
  [
    '### 3.4 Service 4',
    {
      kind: 'bundle-get',
      box: some(16, 5),
      credential: some(16, 6),
      answerKey: some(32, 7),
      first: 3,
      surbs: [some(EMBEDDED_SURB_BYTES, 8)],
    },
  ],
  [
    '### 3.6 Service 5',
    {
      kind: 'greeting',
      secret: some(32, 5),
      tokenHash: some(16, 6),
      hint: some(16, 7),
      perEpoch: 8,
      surbs: [some(EMBEDDED_SURB_BYTES, 9)],
    },
  ],
  [
    '### 3.7 Service 7',
    {
      kind: 'greeting',
      secret: some(32, 5),
      tokenHash: some(16, 6),
      hint: some(16, 7),
      perEpoch: 8,
      cost: 9,
      surbs: [some(EMBEDDED_SURB_BYTES, 10)],
    },
  ],
];

test.each(requests)('the fields of %s start where the chapter says', (heading, request) => {
  const { service, body } = encodeRequest(request);
  expect(heading).toContain(`Service ${service}`);
  const starts = [...body.keys()].filter(
    (i) => i === 0 || (body[i] !== body[i - 1] && body[i] !== 0),
  );
  const offsets = offsetsOf(heading);
  // A field of zeros, or behind one, has no start of its own to be seen.
  for (const start of starts) expect(offsets).toContain(start);
  expect(starts.length).toBeGreaterThan(offsets.length - 3);
});

test('the bounds of the chapter are those of the code', () => {
  const bounds = Object.fromEntries(
    rows(section(text, '## 7. Bounds')).map(([what = '', bound = '']) => [what, bound]),
  );
  const { maxAliases, maxWaitingSurbs } = DEFAULT_AGGREGATION_LIMITS;
  const { maxBoxes, maxStashedSurbs, maxAnswers } = DEFAULT_CONTACT_LIMITS;
  expect(bounds).toMatchObject({
    aliases: `${maxAliases} *`,
    'reply blocks that wait for an alias': `${MAX_WAITING_SURBS}`,
    'reply blocks that wait': `${maxWaitingSurbs} *`,
    'contact boxes': `${maxBoxes} *`,
    'credentials of a box': `${MAX_BOX_CREDENTIALS}`,
    'uses of a credential': `${MAX_CREDENTIAL_USES}`,
    'uses of a greeting in one epoch': `${MAX_GREETINGS_PER_EPOCH}`,
    'cost of a proof': `${MAX_PUZZLE_COST} bits`,
    'reply blocks of a box of a node': `${MAX_STASH} ${maxStashedSurbs} *`,
    bundle: `${MAX_BUNDLE_CHUNKS} × ${BUNDLE_CHUNK_BYTES} bytes`,
    'bundle answers that wait': `${maxAnswers} *`,
    'guard boxes': `${DEFAULT_GUARD_LIMITS.maxBoxes} *`,
    'mails of a guard box of a guard': `${MAX_GUARD_MAIL} ${DEFAULT_GUARD_LIMITS.maxMail} *`,
  });
});

test('chapter 05 names every reason that a node counts, and no other', () => {
  const table = section(chapter('05-mixing'), '## 7. Reasons');
  // Some stand twice: in the table, and in the sum that they enter.
  const named = new Set([...table.matchAll(/`([a-z0-9-]+)`/gu)].map(([, reason]) => reason));
  expect([...named].toSorted()).toEqual([...DROP_REASONS].toSorted());
});
