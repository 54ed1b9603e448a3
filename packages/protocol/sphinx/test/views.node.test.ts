import { open } from '@sotto/sodium/native';
import { afterEach, expect, test, vi } from 'vitest';
import { EPOCH, TestNetwork } from './network.ts';

const suite = await open();

afterEach(() => {
  vi.restoreAllMocks();
});

// A busy node's garbage collector makes packets late (decision 0064).
test('a packet that is sent on costs no view, and one copy beside itself: the next node’s name', () => {
  const net = new TestNetwork(suite, 'views');
  const packet = net.builder.forward({
    hops: net.hops(0, 1),
    epoch: EPOCH,
    delayClass: 'fast',
    terminal: { kind: 'drop' },
    body: new Uint8Array(1024),
  });
  const views = vi.spyOn(Uint8Array.prototype, 'subarray');
  const copies = vi.spyOn(Uint8Array.prototype, 'slice');
  const peeled = net.node(0).peel(packet);
  expect([views.mock.calls.length, copies.mock.calls.length]).toEqual([0, 1]);
  expect(peeled).toMatchObject({ ok: true, value: { kind: 'transmit', packet } });
});
