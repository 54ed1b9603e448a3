import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cloneError, readToPage, readToWorker, revived } from '../src/browser/messages.ts';
import { SottoError } from '../src/index.ts';

const token = 'ab'.repeat(16);
const call = (method: string, args: unknown[], changes: object = {}): unknown => ({
  kind: 'call',
  id: 1,
  method,
  args,
  token,
  ...changes,
});

test('the worker takes the calls there are, with the arguments that they have', () => {
  const good = [
    call('send', ['c', 'words']),
    call('setMuted', ['c', true]),
    call('invite', [{ name: 'Bob' }]),
    call('invite', [{}]),
    call('setProfile', [{ name: 'Ada' }]),
    call('address', [{ name: 'card', people: 3, cost: 12 }]),
    call('address', [{}]),
    call('introduce', ['a', 'b', { names: ['x', 'y'], note: 'z' }]),
    call('introduce', ['a', 'b', {}]),
    call('status', []),
    call('channelWrite', ['c', 'ab', new Uint8Array(65_536)]),
    call('channelAccept', ['feed']),
    { kind: 'abort', id: 3 },
    { kind: 'more', count: 5 },
    { kind: 'bye' },
  ];
  for (const message of good) expect(readToWorker(message)).toEqual(message);
  const bad = [
    call('events', []),
    call('constructor', []),
    call('close', []),
    call('openChannel', ['c', 'feed']),
    call('channelWrite', ['c', 'ab', new Uint8Array(65_537)]),
    call('channelWrite', ['c', 'ab', 'words']),
    call('send', ['c']),
    call('send', ['c', 7]),
    call('send', ['c', 'x'.repeat(2 ** 20 + 1)]),
    call('setMuted', ['c', 'yes']),
    call('invite', [{ name: 7 }]),
    call('invite', [undefined]),
    call('address', [{ people: 1.5 }]),
    call('address', [{ cost: '12' }]),
    call('introduce', ['a', 'b']),
    call('introduce', ['a', 'b', { names: ['x'] }]),
    call('introduce', ['a', 'b', { note: 7 }]),
    call('status', ['x']),
    call('status', [], { token: 'short' }),
    call('status', [], { id: 1.5 }),
    call('status', 'none' as never),
    { kind: 'more', count: 0 },
    { kind: 'more', count: -1 },
    { kind: 'abort' },
    { kind: 'other' },
    undefined,
    'call',
  ];
  for (const message of bad) expect(readToWorker(message)).toBeUndefined();
});

test('any value gets an answer on either side', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      readToWorker(value);
      readToPage(value);
    }),
  );
  const shaped = fc.record({
    kind: fc.constantFrom('call', 'abort', 'more', 'result', 'error', 'event', 'ended'),
    id: fc.anything(),
    method: fc.constantFrom('send', 'toString', '__proto__', 7),
    args: fc.anything(),
    token: fc.anything(),
    count: fc.anything(),
    error: fc.anything(),
    event: fc.anything(),
  });
  fc.assert(
    fc.property(shaped, (value) => {
      const read = readToWorker(value);
      if (read?.kind === 'call') expect(read.method).toBe('send');
      readToPage(value);
    }),
  );
});

test('an error crosses with its code and words; a bug crosses as a failure', () => {
  const error = new SottoError('unknown-plan', 'expected one of home, shield');
  const crossed = readToPage({ kind: 'error', id: 1, error: cloneError(error) });
  if (crossed?.kind !== 'error') throw new Error('it did not cross');
  expect(revived(crossed.error)).toMatchObject({ code: error.code, message: error.message });
  expect(cloneError(new TypeError('a bug'))).toEqual({ code: 'failed', detail: 'a bug' });
  expect(
    readToPage({ kind: 'error', id: 1, error: { code: 'made-up', detail: '' } }),
  ).toBeUndefined();
});
