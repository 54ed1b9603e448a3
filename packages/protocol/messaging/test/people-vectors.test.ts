import { decodeAnswer, decodeRequest, meetsCost, puzzleDigest } from '@sotto/mailbox';
import { open } from '@sotto/noble';
import { decodeAddress } from '@sotto/ratchet';
import { openBody } from '@sotto/sphinx';
import { LABELS } from '@sotto/suite';
import { concat, fromBase64url, fromHex, toHex, toUtf8 } from '@sotto/wire';
import { expect, test } from 'vitest';
import vectors from '../../../../spec/vectors/people.json' with { type: 'json' };
import { decodeIntroduction, encodeIntroduction } from '../src/introduction.ts';
import { decodeLifetime } from '../src/lifetime.ts';

const suite = await open();
const bytes = (hex: string): Uint8Array => {
  const read = fromHex(hex);
  if (read === undefined) throw new Error(hex);
  return read;
};
const hash = (label: Uint8Array, length: number, message: Uint8Array): string => {
  const out = new Uint8Array(length);
  suite.blake2b(out, message, label);
  return toHex(out);
};
const u32 = (value: number): Uint8Array =>
  Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);

test('addresses are laid out as in Spec 09 §3.1, and what comes of their keys as in 06 §5.6', () => {
  expect(vectors.addresses).toHaveLength(2);
  for (const each of vectors.addresses) {
    const { networkId, contactPoint, box, key, bundleHash, cost, link } = each;
    expect(link).toHaveLength(164);
    const raw = fromBase64url(link.slice(6)) ?? new Uint8Array(0);
    const fields = `02${networkId}${contactPoint}${box}${key}${bundleHash}${toHex(Uint8Array.of(cost))}`;
    expect(toHex(raw.subarray(0, 114))).toBe(fields);
    expect(toHex(raw.subarray(114))).toBe(
      hash(LABELS.inviteChecksum, 16, bytes(fields)).slice(0, 8),
    );
    expect(hash(LABELS.box, 16, bytes(each.boxSecret))).toBe(box);
    expect(hash(LABELS.greetingToken, 16, bytes(key))).toBe(each.token);
    expect(hash(LABELS.credential, 16, bytes(each.token))).toBe(each.tokenHash);
    expect(hash(LABELS.greetingBody, 32, bytes(key))).toBe(each.bodySeed);
    const read = decodeAddress(suite, link);
    if (!read.ok) throw new Error(read.error.code);
    expect(toHex(read.value.key)).toBe(key);
    expect(read.value.cost).toBe(cost);
  }
  for (const { link, code } of vectors.refusedLinks) {
    expect(decodeAddress(suite, link)).toEqual({ ok: false, error: { code } });
  }
  expect(new Set(vectors.refusedLinks.map(({ code }) => code)).size).toBe(5);
});

test('proofs are those of Spec 06 §5.6', () => {
  for (const { box, token, epoch, cost, proof, digest } of vectors.proofs) {
    const message = concat(bytes(box), bytes(token), u32(epoch), bytes(proof));
    expect(hash(LABELS.greetingPuzzle, 16, message)).toBe(digest);
    const bits = [...bytes(digest)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    expect(bits.startsWith('0'.repeat(cost))).toBe(true);
    const subject = { box: bytes(box), token: bytes(token), epoch };
    expect(meetsCost(puzzleDigest(suite, subject, bytes(proof)), cost)).toBe(true);
    const other = puzzleDigest(suite, { ...subject, epoch: epoch + 1 }, bytes(proof));
    expect(toHex(other)).not.toBe(digest);
  }
});

test('services 7 and 8 are laid out as in Spec 06 §3.7 and §3.8, answers 3 and 4 as in §3.5', () => {
  const [priced, closing] = vectors.requests;
  if (priced === undefined || closing === undefined) throw new Error('no requests');
  const { secret, tokenHash = '', hint = '', surbs = [] } = priced;
  const head = `${secret}${tokenHash}${hint}0f011201${surbs.join('')}`;
  expect(priced.service).toBe(7);
  expect(priced.body).toBe(head.padEnd(2048, '0'));
  expect(closing.service).toBe(8);
  expect(closing.body).toBe(closing.secret.padEnd(2048, '0'));
  for (const { service, body } of vectors.requests) {
    expect(decodeRequest(service, bytes(body)).ok).toBe(true);
  }
  for (const [i, { kind, answerKey, body }] of vectors.answers.entries()) {
    const content = openBody(suite, bytes(answerKey), bytes(body));
    if (content === undefined) throw new Error(kind);
    expect(content[0]).toBe(3 + i);
    expect(decodeAnswer(content)).toEqual({ ok: true, value: { kind } });
  }
});

test('messages of introductions are laid out as in Spec 09 §9.6', () => {
  const kinds = ['offer', 'accept', 'decline', 'connect', 'withdraw'];
  for (const each of vectors.introductions) {
    const { reference, kind, encoded } = each;
    const name = toUtf8('name' in each ? (each.name ?? '') : '');
    const note = toUtf8('note' in each ? (each.note ?? '') : '');
    const role = 'role' in each && each.role === 'invited' ? 2 : 1;
    const offer = toHex(concat(Uint8Array.of(role, name.length), name, note));
    const invite = 'invite' in each ? (each.invite ?? '') : '';
    const own = kind === 'offer' ? offer : invite;
    expect(encoded).toBe(`${reference}0${kinds.indexOf(kind) + 1}${own}`);
    const read = decodeIntroduction(bytes(encoded));
    if (read === undefined) throw new Error(encoded);
    expect(read.kind).toBe(kind);
    expect(toHex(encodeIntroduction(read))).toBe(encoded);
  }
  for (const encoded of vectors.refusedIntroductions) {
    expect(decodeIntroduction(bytes(encoded))).toBeUndefined();
  }
});

test('lifetimes are laid out as in Spec 09 §9.7, and nothing else is one', () => {
  expect(vectors.lifetimes.map(({ seconds }) => seconds)).toEqual([0, 3600, 86_400, 604_800]);
  for (const { change, seconds, encoded } of vectors.lifetimes) {
    expect(encoded).toBe(toHex(concat(u32(change), u32(seconds))));
    expect(decodeLifetime(bytes(encoded))).toEqual({ change, seconds });
  }
  expect(vectors.refusedLifetimes.length).toBeGreaterThan(0);
  for (const encoded of vectors.refusedLifetimes) {
    expect(decodeLifetime(bytes(encoded))).toBeUndefined();
  }
});
