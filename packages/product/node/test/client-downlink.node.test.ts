import type { SendOutcome } from '@sotto/transport';
import { expect, test } from 'vitest';
import { ClientLinks } from '../src/client-links.ts';
import { ShellCounters } from '../src/shell-counters.ts';
import { ScriptedLink } from './scripted-link.ts';

/** A client that takes what it is sent, or does not read. */
class Reader extends ScriptedLink {
  reads = true;

  override send(): SendOutcome {
    const outcome = super.send();
    return outcome === 'sent' && !this.reads ? 'full' : outcome;
  }
}

test('a client that does not read misses its frames, and one that is gone gets none; each is counted', () => {
  const counters = new ShellCounters();
  const links = new ClientLinks(() => undefined, counters);
  const link = new Reader('client');
  links.take(link, new Uint8Array(32), 1);
  const frame = new Uint8Array(1600);
  links.send('client-1', frame);
  expect(counters.read()).toEqual({});
  link.reads = false;
  links.send('client-1', frame);
  links.send('client-1', frame);
  expect(counters.read()).toEqual({ 'client-buffer-full': 2 });
  link.reads = true;
  links.send('client-1', frame);
  link.close();
  links.send('client-1', frame);
  expect(counters.read()).toEqual({ 'client-buffer-full': 2, 'client-gone': 1 });
});
