import type { RelayInput } from '@sotto/relay';
import type { CloseReason, Link } from '@sotto/transport';
import { expect, test } from 'vitest';
import { ClientLinks } from '../src/client-links.ts';
import { ShellCounters } from '../src/shell-counters.ts';

/** A link of an identity whose other side never ends its half. */
function linkOf(identity: number): { readonly link: Link; closed: () => boolean; end: () => void } {
  let closed = false;
  let ended: (reason: CloseReason) => void = () => undefined;
  const link: Link = {
    kind: 'client',
    opener: false,
    peer: { identityKey: new Uint8Array(32).fill(identity) },
    preface: new Uint8Array(64),
    bufferedBytes: 0,
    send: () => 'sent',
    onFrames: () => undefined,
    onClose: (callback) => void (ended = callback),
    close: () => void (closed = true),
  };
  return { link, closed: () => closed, end: () => ended('local') };
}

test('a client’s newer link takes the place of the older of its identity, at once', () => {
  const inputs: string[] = [];
  const links = new ClientLinks((input: RelayInput) => {
    if ('client' in input) inputs.push(`${input.kind} ${input.client}`);
  }, new ShellCounters());
  const [first, other, second, third] = [linkOf(1), linkOf(2), linkOf(1), linkOf(1)];
  for (const { link } of [first, other, second]) links.take(link, new Uint8Array(32), 3);
  expect([first.closed(), other.closed(), second.closed()]).toEqual([true, false, false]);
  expect(inputs).toEqual([
    'client-attached client-1',
    'client-attached client-2',
    'client-detached client-1',
    'client-attached client-3',
  ]);
  // Its end, when it comes at last, is not the end of who took its place.
  first.end();
  links.take(third.link, new Uint8Array(32), 3);
  expect(second.closed()).toBe(true);
  third.end();
  second.end();
  other.end();
  expect(links.size).toBe(0);
});
