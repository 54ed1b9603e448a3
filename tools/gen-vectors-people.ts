/** Makes spec/vectors/people.json: addresses, proofs, closing, introductions, lifetimes (Spec 06 §3.7, §3.8, §5.6; 09 §3.1, §9.6, §9.7). */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  boxOf,
  credentialHash,
  encodeRequest,
  greetingBodySeed,
  GreetingPuzzle,
  greetingToken,
  type PuzzleSubject,
  puzzleDigest,
  sealAnswer,
} from '@sotto/mailbox';
import { encodeIntroduction, encodeLifetime, type Introduction, LIFETIMES } from '@sotto/messaging';
import { decodeAddress, encodeAddress, encodeInvite, INVITE_PREFIX } from '@sotto/ratchet';
import type { CryptoSuite } from '@sotto/suite';
import { SeededRng } from '@sotto/suite/testing';
import { fromBase64url, randomBytes, type Rng, toHex } from '@sotto/wire';

/** Where the vectors stand. */
export const PEOPLE_FILE: string = fileURLToPath(
  new URL('../spec/vectors/people.json', import.meta.url),
);
const SEED = 'sotto vectors: people';

/** Bytes as hexadecimal, all else as it is. */
const plain = (value: object): object =>
  Object.fromEntries(
    Object.entries(value).map(([name, field]: [string, unknown]) => [
      name,
      field instanceof Uint8Array ? toHex(field) : field,
    ]),
  );

function addresses(suite: CryptoSuite, rng: Rng): readonly object[] {
  return [0, 18].map((cost) => {
    const [networkId, contactPoint] = [randomBytes(rng, 16), randomBytes(rng, 16)];
    const [boxSecret, key, bundleHash] = [32, 32, 32].map((length) => randomBytes(rng, length));
    if (boxSecret === undefined || key === undefined || bundleHash === undefined) return {};
    const box = boxOf(suite, boxSecret);
    const address = { networkId, contactPoint, box, key, bundleHash, cost };
    const link = encodeAddress(suite, address);
    const token = greetingToken(suite, key);
    const tokenHash = credentialHash(suite, token);
    const bodySeed = greetingBodySeed(suite, key);
    return plain({ ...address, boxSecret, link, token, tokenHash, bodySeed });
  });
}

/** Links that are refused, and why. */
function refusedLinks(suite: CryptoSuite, link: string): readonly object[] {
  const letter = link.at(-1) === 'A' ? 'Q' : 'A';
  const links = [
    link.slice(INVITE_PREFIX.length),
    `${link.slice(0, 20)}!${link.slice(21)}`,
    link.slice(0, -1),
    `${link}A`,
    `${link.slice(0, 30)}${letter}${link.slice(31)}`,
    `${INVITE_PREFIX}B${link.slice(INVITE_PREFIX.length + 1)}`,
  ];
  return links.map((text) => {
    const read = decodeAddress(suite, text);
    return { link: text, code: read.ok ? 'taken' : read.error.code };
  });
}

function proofs(suite: CryptoSuite, rng: Rng): readonly object[] {
  return [1, 8, 12].map((cost, i) => {
    const subject: PuzzleSubject = {
      box: randomBytes(rng, 16),
      token: randomBytes(rng, 16),
      epoch: 20_000 + 300 * i,
    };
    const puzzle = new GreetingPuzzle(suite, rng, subject, cost);
    let proof: Uint8Array | undefined;
    while (proof === undefined) proof = puzzle.search(1024);
    return plain({ ...subject, cost, proof, digest: puzzleDigest(suite, subject, proof) });
  });
}

function requests(rng: Rng): readonly object[] {
  const secret = randomBytes(rng, 32);
  const greeting = {
    kind: 'greeting',
    secret,
    tokenHash: randomBytes(rng, 16),
    hint: randomBytes(rng, 16),
    perEpoch: 15,
    cost: 18,
  } as const;
  const surbs = [randomBytes(rng, 263)];
  const closing = { kind: 'close', secret } as const;
  return [
    { ...plain(greeting), surbs: surbs.map(toHex), ...body({ ...greeting, surbs }) },
    { ...plain(closing), ...body(closing) },
  ];
}

function body(request: Parameters<typeof encodeRequest>[0]): object {
  return plain(encodeRequest(request));
}

function introductions(suite: CryptoSuite, rng: Rng): readonly object[] {
  const reference = randomBytes(rng, 16);
  const link = encodeInvite(suite, {
    networkId: randomBytes(rng, 16),
    contactPoint: randomBytes(rng, 16),
    box: randomBytes(rng, 16),
    credential: randomBytes(rng, 16),
    secret: randomBytes(rng, 32),
    bundleHash: randomBytes(rng, 32),
    expiryEpoch: 20_007,
  });
  const invite = fromBase64url(link.slice(INVITE_PREFIX.length)) ?? new Uint8Array(0);
  const messages: readonly Introduction[] = [
    { reference, kind: 'offer', role: 'inviter', name: 'Zoë', note: 'you both sing' },
    { reference, kind: 'offer', role: 'invited', name: 'B', note: '' },
    { reference, kind: 'accept', invite },
    { reference, kind: 'accept' },
    { reference, kind: 'decline' },
    { reference, kind: 'connect', invite },
    { reference, kind: 'connect' },
    { reference, kind: 'withdraw' },
  ];
  return messages.map((message) =>
    Object.assign(plain(message), { encoded: toHex(encodeIntroduction(message)) }),
  );
}

/** Messages of introductions that are refused. */
function refusedIntroductions(): readonly string[] {
  const reference = '00112233445566778899aabbccddeeff';
  return [
    reference,
    reference.slice(2),
    `${reference}00`,
    `${reference}06`,
    `${reference}01`,
    `${reference}010000`,
    `${reference}01030141`,
    `${reference}010100`,
    `${reference}010141${'41'.repeat(65)}`,
    `${reference}01010241`,
    `${reference}010101ff`,
    `${reference}01010141ff`,
    `${reference}01010141${'41'.repeat(257)}`,
    `${reference}02${'00'.repeat(136)}`,
    `${reference}0300`,
    `${reference}04${'00'.repeat(138)}`,
    `${reference}0500`,
  ];
}

/** Lifetimes that are refused: change 0, seconds that nobody can set, cut off, run on. */
const REFUSED_LIFETIMES: readonly string[] = [
  '0000000000000e10',
  '0000000100000001',
  '00000001ffffffff',
  '0000000100000e',
  '0000000100000e1000',
  '',
];

/** The text of the generated file. */
export function peopleVectors(suite: CryptoSuite): string {
  const rng = new SeededRng(suite, SEED);
  const made = addresses(suite, rng);
  const [first] = made as readonly { readonly link: string }[];
  const answerKey = randomBytes(rng, 32);
  const vectors = {
    spec: '06 §3.5, §3.7, §3.8, §5.6; 09 §3.1, §9.6, §9.7',
    what: 'byte strings in lower-case hexadecimal; names as in the chapters',
    seed: SEED,
    addresses: made,
    refusedLinks: refusedLinks(suite, first?.link ?? ''),
    proofs: proofs(suite, rng),
    requests: requests(rng),
    answers: (['not-now', 'closed'] as const).map((kind) =>
      plain({ kind, answerKey, body: sealAnswer(suite, answerKey, { kind }) }),
    ),
    introductions: introductions(suite, rng),
    refusedIntroductions: refusedIntroductions(),
    lifetimes: LIFETIMES.map((seconds, i) => {
      const change = 1 + i * 0x0102_0304;
      return { change, seconds, encoded: toHex(encodeLifetime({ change, seconds })) };
    }),
    refusedLifetimes: REFUSED_LIFETIMES,
  };
  return `${JSON.stringify(vectors, undefined, 2)}\n`;
}

if (import.meta.main) {
  const { open } = await import('@sotto/noble');
  writeFileSync(PEOPLE_FILE, peopleVectors(await open()));
}
