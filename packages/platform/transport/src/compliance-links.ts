import { equalBytes, err, ok } from '@sotto/wire';
import {
  accepting,
  check,
  COMPLIANCE_SIZES,
  dialOnly,
  fails,
  frame,
  hear,
  isFrame,
  linkPair,
  preface,
  sendAll,
  target,
  type TransportCase,
  until,
} from './compliance-bench.ts';
import type { Link } from './transport.ts';

/** Links between transports that keep the rules. */
export const linkCases: readonly TransportCase[] = [
  {
    name: 'both ends of a link know kind, opener, preface and peer',
    async run(bench) {
      const listener = await bench.make();
      const dialler = await bench.make();
      const links: Link[] = [];
      const offers: unknown[] = [];
      await listener.start({
        acceptLink(offer) {
          offers.push(offer.kind);
          check(equalBytes(offer.peer, dialler.identityKey), 'the offer names another peer');
          return ok((link) => void links.push(link));
        },
        snapshot: () => undefined,
      });
      await dialler.start(dialOnly);
      check(listener.addresses().length > 0, 'a listener has no address');
      for (const kind of ['mix', 'client'] as const) {
        const near = await dialler.openLink({
          kind,
          peer: target(listener),
          preface: preface(kind.length),
        });
        await until(() => offers.includes(kind) && links.at(-1)?.kind === kind, 'the link');
        const far = links.at(-1);
        check(far !== undefined, 'no link');
        check(near.opener && !far.opener, 'opener is wrong');
        check(near.kind === kind, 'kind is wrong');
        check(equalBytes(near.peer.identityKey, listener.identityKey), 'the far key is wrong');
        check(equalBytes(far.peer.identityKey, dialler.identityKey), 'the near key is wrong');
        check(equalBytes(far.preface, preface(kind.length)), 'the preface is wrong');
      }
    },
  },
  {
    name: 'frames flow in order, both ways at once',
    async run(bench) {
      const { near, far } = await linkPair(bench);
      const atNear = hear(near);
      const atFar = hear(far);
      await Promise.all([sendAll(near, 0, 300), sendAll(far, 1000, 1300)]);
      await until(() => atFar.frames.length >= 300 && atNear.frames.length >= 300, 'all frames');
      for (let i = 0; i < 300; i++) {
        isFrame(atFar.frames[i], i);
        isFrame(atNear.frames[i], 1000 + i);
      }
    },
  },
  {
    name: 'a large burst arrives whole, once, in bounded batches',
    async run(bench) {
      const { near, far } = await linkPair(bench, { maxBatchFrames: 16 });
      const frames: Uint8Array[] = [];
      let longest = 0;
      far.onFrames((batch) => {
        longest = Math.max(longest, batch.length);
        frames.push(...batch);
      });
      await sendAll(near, 0, 4000);
      await until(() => frames.length >= 4000, 'the burst');
      check(frames.length === 4000, `got ${frames.length} frames`);
      check(longest <= 16, `a batch had ${longest} frames`);
      for (let i = 0; i < 4000; i++) isFrame(frames[i], i);
    },
  },
  {
    name: 'a slow reader makes send say full, holds bounded memory, and loses nothing that was sent',
    async run(bench) {
      const limits = { maxBufferedBytes: 100 * COMPLIANCE_SIZES.frameBytes };
      const { near, far, dialler } = await linkPair(bench, limits);
      const { promise: released, resolve: release } = Promise.withResolvers<void>();
      const frames: Uint8Array[] = [];
      far.onFrames((batch) => {
        frames.push(...batch);
        return released;
      });
      let sent = 0;
      let refusals = 0;
      // Full a hundred times, each in a turn of its own: nothing moves any more.
      while (refusals < 100) {
        const outcome = near.send(frame(sent));
        check(outcome !== 'closed', 'the link closed under load');
        check(near.bufferedBytes <= limits.maxBufferedBytes, 'more is buffered than allowed');
        check(sent < 20_000, 'the peer took 32 MB without reading');
        if (outcome === 'sent') sent++;
        else {
          refusals++;
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      }
      check((dialler.counters()['buffer-full'] ?? 0) >= 100, 'buffer-full was not counted');
      check(frames.length <= 64, `${frames.length} frames were pushed on a busy reader`);
      release();
      await until(() => frames.length >= sent, 'the frames that were sent');
      for (let i = 0; i < sent; i++) isFrame(frames[i], i);
    },
  },
  {
    name: 'a reader that pauses after each batch is never given more than fits, and gets all',
    async run(bench) {
      const { near, far } = await linkPair(bench, { maxBatchFrames: 16 });
      const frames: Uint8Array[] = [];
      far.onFrames((batch) => {
        frames.push(...batch);
        return new Promise<void>((resolve) => void setTimeout(resolve, 0));
      });
      await sendAll(near, 0, 8000);
      await until(() => frames.length >= 8000, 'all frames');
      for (let i = 0; i < 8000; i++) isFrame(frames[i], i);
    },
  },
  {
    name: 'a link without a frames callback does not read, and loses nothing',
    async run(bench) {
      const { near, far } = await linkPair(bench);
      for (let i = 0; i < 20; i++) check(near.send(frame(i)) === 'sent', 'not sent');
      const { promise: ended, resolve } = Promise.withResolvers<string>();
      near.onClose(resolve);
      near.close();
      await ended;
      const heard = hear(far);
      await until(() => heard.reasons.length > 0, 'the end');
      check(heard.frames.length === 20, `${heard.frames.length} of 20 frames came`);
      check(heard.reasons.join() === 'remote', `the far end heard ${heard.reasons.join()}`);
      for (let i = 0; i < 20; i++) isFrame(heard.frames[i], i);
    },
  },
  {
    name: 'a closed link delivers what was sent, and both ends hear of the end once',
    async run(bench) {
      const { near, far } = await linkPair(bench);
      const atNear = hear(near);
      const atFar = hear(far);
      for (let i = 0; i < 50; i++) near.send(frame(i));
      near.close();
      near.close();
      check(near.send(frame(0)) === 'closed', 'a closed link took a frame');
      await until(() => atFar.reasons.length > 0 && atNear.reasons.length > 0, 'both ends');
      check(atFar.frames.length === 50, `${atFar.frames.length} of 50 frames came`);
      check(far.send(frame(0)) === 'closed', 'the far end still takes frames');
      await until(() => far.send(frame(0)) === 'closed', 'quiet');
      check(atFar.reasons.join() === 'remote', `the far end heard ${atFar.reasons.join()}`);
      check(atNear.reasons.join() === 'local', `the near end heard ${atNear.reasons.join()}`);
      const late: string[] = [];
      near.onClose((reason) => void late.push(reason));
      await Promise.resolve();
      check(late.length === 0, 'the end was told twice');
    },
  },
  {
    name: 'a frame of another length is the caller’s bug',
    async run(bench) {
      const { near } = await linkPair(bench);
      for (const length of [0, COMPLIANCE_SIZES.frameBytes - 1, COMPLIANCE_SIZES.frameBytes + 1]) {
        let thrown: unknown;
        try {
          near.send(new Uint8Array(length));
        } catch (error) {
          thrown = error;
        }
        check(thrown instanceof RangeError, `a frame of ${length} bytes was taken`);
      }
    },
  },
  {
    name: 'a refused preface ends the link at the opener and is counted by code',
    async run(bench) {
      const listener = await bench.make();
      const dialler = await bench.make();
      await listener.start({
        acceptLink: () => err({ code: 'wrong-network' }),
        snapshot: () => undefined,
      });
      await dialler.start(dialOnly);
      const link = await dialler.openLink({
        kind: 'client',
        peer: target(listener),
        preface: preface(),
      });
      const heard = hear(link);
      await until(() => heard.reasons.length > 0, 'the end');
      check(heard.reasons.join() === 'reset', `the opener heard ${heard.reasons.join()}`);
      check(
        listener.counters()['preface-refused:wrong-network'] === 1,
        'the refusal was not counted',
      );
    },
  },
  {
    name: 'links beyond the limit of a peer are refused, and free their place when they end',
    async run(bench) {
      const listener = await bench.make({ limits: { maxInboundLinksPerPeer: 2 } });
      const dialler = await bench.make();
      const links: Link[] = [];
      await listener.start(accepting((link) => void links.push(link)));
      await dialler.start(dialOnly);
      const open = (): Promise<Link> =>
        dialler.openLink({ kind: 'mix', peer: target(listener), preface: preface() });
      const first = hear(await open());
      const second = await open();
      await until(() => links.length === 2, 'two links');
      const third = hear(await open());
      await until(() => third.reasons.length > 0, 'the refusal');
      check(listener.counters()['peer-link-limit'] === 1, 'the refusal was not counted');
      links.forEach((link) => hear(link));
      second.close();
      await until(() => links[1]?.send(frame(0)) === 'closed', 'the end of the second');
      await open();
      await until(() => links.length === 3, 'a link in the free place');
      check(first.reasons.length === 0, 'the first link was hurt');
    },
  },
  {
    name: 'links beyond the limit of all peers are refused',
    async run(bench) {
      const listener = await bench.make({ limits: { maxInboundLinks: 1 } });
      const links: Link[] = [];
      await listener.start(accepting((link) => void links.push(link)));
      const diallers = [await bench.make(), await bench.make()];
      const ends: string[][] = [];
      for (const dialler of diallers) {
        await dialler.start(dialOnly);
        const request = { kind: 'mix', peer: target(listener), preface: preface() } as const;
        ends.push(hear(await dialler.openLink(request)).reasons);
        await until(() => links.length === 1, 'the first link');
      }
      await until(() => (ends[1]?.length ?? 0) > 0, 'the refusal');
      check(listener.counters()['link-limit'] === 1, 'the refusal was not counted');
      check(ends[0]?.length === 0, 'the first link was hurt');
    },
  },
  {
    name: 'a peer with another identity key is refused',
    async run(bench) {
      const listener = await bench.make();
      const dialler = await bench.make();
      const other = await bench.make();
      let links = 0;
      await listener.start(accepting(() => void links++));
      await dialler.start(dialOnly);
      const peer = { identityKey: other.identityKey, addresses: listener.addresses() };
      await fails(dialler.openLink({ kind: 'mix', peer, preface: preface() }), 'identity-mismatch');
      check(dialler.counters()['identity-mismatch'] === 1, 'the mismatch was not counted');
      check(links === 0, 'a link was made all the same');
    },
  },
  {
    name: 'dialling nobody, no address, or with a fired signal fails by its code',
    async run(bench) {
      const gone = await bench.make();
      const dialler = await bench.make();
      await gone.start(dialOnly);
      const peer = target(gone);
      await dialler.start(dialOnly);
      const signal = AbortSignal.abort();
      const request = { kind: 'mix', peer, preface: preface() } as const;
      await fails(dialler.openLink({ ...request, signal }), 'aborted');
      await gone.stop();
      await fails(dialler.openLink(request), 'unreachable');
      await fails(
        dialler.openLink({ ...request, peer: { ...peer, addresses: [] } }),
        'bad-address',
      );
      await fails(
        dialler.openLink({ ...request, peer: { ...peer, addresses: ['nonsense'] } }),
        'bad-address',
      );
    },
  },
  {
    name: 'a taken address is named when a transport starts at it',
    async run(bench) {
      const first = await bench.make();
      await first.start(dialOnly);
      const [address] = first.addresses();
      check(address !== undefined, 'no address');
      const second = await bench.make({ address });
      await fails(second.start(dialOnly), 'address-in-use');
      await fails(second.connect({ peer: target(first) }), 'not-running');
    },
  },
  {
    name: 'stop ends every link, here and there, and everything afterwards fails',
    async run(bench) {
      const { near, far, dialler, listener } = await linkPair(bench);
      const atNear = hear(near);
      const atFar = hear(far);
      const peer = target(listener);
      await listener.stop();
      await until(() => atNear.reasons.length > 0 && atFar.reasons.length > 0, 'both ends');
      check(atFar.reasons.join() === 'stopped', `the stopped end heard ${atFar.reasons.join()}`);
      check(atNear.reasons.length === 1, `the other end heard ${atNear.reasons.join()}`);
      check(near.send(frame(0)) === 'closed', 'the other end still takes frames');
      const request = { kind: 'mix', peer, preface: preface() } as const;
      await fails(dialler.openLink(request), 'unreachable');
      await fails(listener.openLink({ ...request, peer: target(dialler) }), 'not-running');
      await listener.stop();
    },
  },
];
