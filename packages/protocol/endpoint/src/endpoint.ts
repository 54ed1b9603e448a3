import { epochAt } from '@sotto/directory';
import { encodeRequest, type Request } from '@sotto/mailbox';
import {
  BOX_BYTES,
  CONTENT_BYTES,
  CREDENTIAL_BYTES,
  type DelayClass,
  GEOMETRY,
  GREETING_PROOF_BYTES,
  type Surb,
} from '@sotto/sphinx';
import type { Plan } from '@sotto/link';
import { KEY_BYTES } from '@sotto/suite';
import { choose, type Core, err, type Instant, randomBytes, type Result } from '@sotto/wire';
import { Downlink } from './downlink.ts';
import type { StoredEntry } from './durable-log.ts';
import { GuardLink } from './guard-link.ts';
import type {
  BundleGetOrder,
  BundlePutOrder,
  CloseOrder,
  ContactOrder,
  EndpointInput,
  EndpointOptions,
  EndpointOutput,
  EndpointStatus,
  GreetingOrder,
  MintCounts,
  OrderError,
  SendOrder,
  StashOrder,
  SurbPair,
} from './interface.ts';
import type { LoopStatistics } from './loop-statistics.ts';
import { type EndpointParts, makeParts } from './parts.ts';
import type { Flow } from './send-queue.ts';
import type { Payload } from './slot-packets.ts';
import { restoreState } from './state.ts';
import type { InviteSeed } from './unwind.ts';
import { type Queued, Uplink } from './uplink.ts';

const CONTACT_POINT_FLOW: Flow = { lane: 'message', key: 'service contact point' };
const OWN_CONTACT_POINT_FLOW: Flow = { lane: 'message', key: 'service own contact point' };

/**
 * A client below sealing (Spec 08): it keeps a link to one guard, sends one packet a slot whatever
 * its person does, makes and keeps reply blocks, fetches from mailboxes and opens what comes back.
 *
 * Contract of every `Core`; besides, each `persist` output is answered by a `stored` input,
 * for what depends on it stays in the queue until then.
 */
export class Endpoint implements Core<EndpointInput, EndpointOutput> {
  readonly #p: EndpointParts;
  readonly #uplink: Uplink;
  readonly #downlink: Downlink;
  readonly #link: GuardLink;
  /** A wake whose frames may still be waiting to be polled. */
  #wokeAt: Instant | undefined;

  /** Starts with the link down and no directory. */
  constructor(options: EndpointOptions) {
    this.#p = makeParts(options);
    this.#uplink = new Uplink(this.#p);
    this.#downlink = new Downlink(this.#p);
    this.#link = new GuardLink(this.#p, this.#uplink);
    this.#restore(options.state ?? []);
  }

  /** Takes one input; see {@link EndpointInput}. */
  handle(now: Instant, input: EndpointInput): void {
    this.#afterFrames();
    switch (input.kind) {
      case 'directory':
        this.#link.useNodes(now, input.nodes);
        this.#p.loops.keep((key) => this.#p.topology.byKey(key) !== undefined);
        this.#uplink.refreshed(now);
        break;
      case 'link':
        this.#link.turn(now, input.up);
        break;
      case 'frame':
        this.#downlink.frame(input.bytes);
        break;
      case 'stored':
        this.#p.log.stored(input.sequence);
        this.#link.connect();
        break;
    }
  }

  /**
   * The next output. Frames come first, and no work before them but what every slot does alike: a
   * frame that waited for its message's record, or for the next fetch, would be late on the link by
   * a time that tells what it carries. They wait for no batch either, since nothing is put into a
   * slot before what it depends on is durable.
   *
   * Then events, so that what the layer above stores because of one is in the same batch: mail that
   * was taken out of the store without its text being put in would be lost by a crash in between.
   * Then what must be stored, then the rest.
   */
  poll(_now: Instant): EndpointOutput | undefined {
    const { outputs, log } = this.#p;
    const frame = outputs.findIndex(({ kind }) => kind === 'frame');
    if (frame >= 0) return outputs.splice(frame, 1)[0];
    this.#afterFrames();
    if (outputs[0]?.kind === 'event') return outputs.shift();
    const batch = log.take();
    return batch === undefined ? outputs.shift() : { kind: 'persist', ...batch };
  }

  /** When `wake` is due. */
  nextAt(): Instant | undefined {
    const times = [
      this.#uplink.nextAt,
      this.#p.records.nextAt,
      this.#p.loops.nextAt,
      this.#p.aliases.nextAt,
      this.#p.topology.nextAt,
    ].filter((at) => at !== undefined);
    return times.length === 0 ? undefined : times.reduce((a, b) => (a < b ? a : b));
  }

  /** Sends the slots that are due. What is over is let go of once their frames were polled. */
  wake(now: Instant): void {
    this.#afterFrames();
    this.#uplink.wake(now);
    this.#wokeAt = now;
  }

  #afterFrames(): void {
    const now = this.#wokeAt;
    if (now === undefined) return;
    this.#wokeAt = undefined;
    this.#uplink.settle(now);
    this.#link.wake(now);
    this.#downlink.expire(now);
    const { aliases, topology } = this.#p;
    // Before the first directory nothing is known, and nothing has left.
    const known = (node: string): boolean =>
      topology.size === 0 || topology.byKey(node) !== undefined;
    const ready = aliases.sweep(now, known);
    if (ready > 0) this.#p.event({ kind: 'alias-ready' });
  }

  /**
   * Queues a fragment under a contact's reply block.
   *
   * @returns the number that `sent` or `unsent` will name.
   * @throws RangeError when the content is longer than 992 bytes.
   */
  send(now: Instant, order: SendOrder): Result<number, OrderError> {
    const { surb, content } = order;
    if (content.length > CONTENT_BYTES) {
      throw new RangeError(
        `"content" expected at most ${CONTENT_BYTES} bytes, got ${content.length}`,
      );
    }
    if (surb.epoch !== this.#epoch(now) % 256) return err({ code: 'surb-epoch' });
    const flow = { lane: order.lane, key: contactFlow(order.contact) };
    return this.#uplink.enqueue(order.delayClass, flow, {
      payload: { kind: 'message', surb, content },
    });
  }

  /** Queues a packet to a stranger's contact point. */
  sendToContactPoint(order: ContactOrder): Result<number, OrderError> {
    const { delayClass, ...rest } = order;
    expectLength('box', rest.box, BOX_BYTES);
    expectLength('credential', rest.credential, CREDENTIAL_BYTES);
    if (rest.proof !== undefined) expectLength('proof', rest.proof, GREETING_PROOF_BYTES);
    expectLength('body', rest.body, GEOMETRY.bodyBytes);
    const payload: Payload = { kind: 'contact', ...rest };
    return this.#uplink.enqueue(delayClass, CONTACT_POINT_FLOW, { payload });
  }

  /**
   * Reply blocks for a contact, all or none. Their records are on the way to the store when this
   * returns, and nothing that is sent from now on leaves before they are there.
   */
  mintSurbs(
    now: Instant,
    contact: string,
    counts: MintCounts,
  ): Result<readonly Surb[], OrderError> {
    this.#uplink.seat(contactFlow(contact));
    return this.#p.blocks.forContact(now, contact, counts);
  }

  /** As {@link Endpoint.mintSurbs} of blocks that end in mailboxes, each with a twin at another one; fewer than asked for where aliases are short. */
  mintPairs(
    now: Instant,
    contact: string,
    count: number,
    epoch: number,
  ): Result<readonly SurbPair[], OrderError> {
    this.#uplink.seat(contactFlow(contact));
    return this.#p.blocks.pairsForContact(now, contact, count, epoch);
  }

  /** Reply blocks for this epoch and later ones that were made for a contact and that nothing has come back by. */
  outstanding(contact: string, epoch: number): number {
    return this.#p.records.outstandingSince(contact, epoch);
  }

  /** A node that may be one's contact point: none of one's guards, and no sticky mix while others are left. Undefined while none is known. */
  chooseContactPoint(now: Instant): string | undefined {
    const epoch = this.#epoch(now);
    const able = this.#p.topology.filter(
      (node) =>
        node.capabilities.contact &&
        node.routingKey(epoch) !== undefined &&
        !this.#p.topology.isGuard(node.key),
    );
    // A sticky mix sees when its client's traffic comes; it must not know an invite of hers as well.
    const apart = able.filter((node) => !this.#p.topology.isSticky(node.key));
    return choose(this.#p.options.rng, apart.length > 0 ? apart : able)?.key;
  }

  /** Queues a refill of one's own contact point, with credentials. */
  stash(now: Instant, order: StashOrder): Result<number, OrderError> {
    if (this.#p.topology.isGuard(order.node)) return err({ code: 'own-guard' });
    const surbs = this.#p.blocks.forStash(now, order);
    if (!surbs.ok) return surbs;
    this.#link.keepContactPoint(order.node, order.epoch);
    const { secret, credentials, delayClass } = order;
    return this.#request(order.node, OWN_CONTACT_POINT_FLOW, delayClass, {
      kind: 'stash',
      secret,
      credentials,
      surbs: surbs.value,
    });
  }

  /** Queues an opening of one's own contact box to strangers, or a refill of it. */
  openGreeting(now: Instant, order: GreetingOrder): Result<number, OrderError> {
    if (this.#p.topology.isGuard(order.node)) return err({ code: 'own-guard' });
    const surbs = this.#p.blocks.forStash(now, order);
    if (!surbs.ok) return surbs;
    this.#link.keepContactPoint(order.node, order.epoch);
    const { secret, terms, delayClass } = order;
    const request = { kind: 'greeting', secret, ...terms, surbs: surbs.value } as const;
    return this.#request(order.node, OWN_CONTACT_POINT_FLOW, delayClass, request);
  }

  /** Queues the end of one's own contact box: nothing is left of it there. */
  closeBox(order: CloseOrder): Result<number, OrderError> {
    const { node, secret, delayClass } = order;
    if (this.#p.topology.isGuard(node)) return err({ code: 'own-guard' });
    return this.#request(node, OWN_CONTACT_POINT_FLOW, delayClass, { kind: 'close', secret });
  }

  /** Queues one chunk of one's own prekey bundle. */
  putBundle(now: Instant, order: BundlePutOrder): Result<number, OrderError> {
    const { node, delayClass, ...rest } = order;
    if (this.#p.topology.isGuard(node)) return err({ code: 'own-guard' });
    this.#link.keepContactPoint(node, this.#epoch(now));
    const request: Request = { kind: 'bundle-put', ...rest };
    return this.#request(node, OWN_CONTACT_POINT_FLOW, delayClass, request);
  }

  /** Queues a request for a bundle; `answer` events carry the number that is returned. */
  getBundle(now: Instant, order: BundleGetOrder): Result<number, OrderError> {
    const { box, credential, first, delayClass } = order;
    const node = this.#p.topology.byKey(order.node);
    if (node === undefined) return err({ code: 'no-path' });
    const answerKey = randomBytes(this.#p.options.rng, KEY_BYTES);
    const purpose = { kind: 'bundle', request: this.#uplink.nextId, answerKey } as const;
    const answers = this.#p.blocks.forAnswers(now, node, order.surbs, delayClass, purpose);
    if (answers === undefined) return err({ code: 'no-path' });
    const { surbs } = answers;
    const request = { kind: 'bundle-get', box, credential, answerKey, first, surbs } as const;
    const epoch = this.#epoch(now);
    return this.#request(order.node, CONTACT_POINT_FLOW, delayClass, request, { epoch, answers });
  }

  /**
   * Tries this seed on mail from a contact point from now on. Not stored: whoever keeps the invite
   * says so again after a restart.
   *
   * @throws RangeError when there are too many.
   */
  setInvite(seed: InviteSeed): void {
    this.#downlink.setInvite(seed);
  }

  /** Stops trying it. */
  removeInvite(invite: string): void {
    this.#downlink.removeInvite(invite);
  }

  /**
   * Keeps to another plan from now on, over a new link. The moment shows to the guard and to whoever
   * watches the line: whoever calls this chooses one that is everybody's.
   */
  usePlan(plan: Plan): void {
    if (plan.code === this.#p.options.plan.code) return;
    this.#p.options.plan = plan;
    this.#uplink.usePlan(plan);
    this.#link.renew();
  }

  /** Drops what waits for a contact; what comes from it is taken as before. */
  unqueue(contact: string): void {
    this.#uplink.remove(contactFlow(contact));
    this.#uplink.seat(contactFlow(contact));
  }

  /** Drops a contact's queue, records and aliases: nothing of theirs is taken any more. */
  forget(contact: string): void {
    this.#uplink.remove(contactFlow(contact));
    this.#p.blocks.forget(contact);
    this.#downlink.forget(contact);
  }

  /**
   * One's own contact box is given up: what its contact point still sends is not fetched any more.
   * An alias of which mail was opened goes when its mailbox was told so.
   *
   * @param contactBox - hexadecimal.
   */
  forgetStash(contactBox: string): void {
    this.#p.blocks.forgetStash(contactBox);
    this.#downlink.forgetStash(contactBox);
  }

  /** Puts changes of the layer above into the same store, before anything that is sent later. @returns their number. */
  persist(entries: readonly StoredEntry[]): number {
    for (const { key, value } of entries) this.#p.log.put(key, value);
    return this.#p.log.sequence;
  }

  /** Packets waiting for slots. */
  get queueDepth(): number {
    return this.#uplink.depth;
  }

  /** How one's loops ended, in all and by node. */
  get loops(): LoopStatistics {
    return this.#p.loops;
  }

  /** Every counter that ever rose. */
  get counters(): Readonly<Record<string, number>> {
    return this.#p.counters.snapshot();
  }

  /** A summary for a person. */
  get status(): EndpointStatus {
    const aliases = this.#p.aliases.values();
    return {
      guard: this.#p.topology.guard?.node.key,
      linkUp: this.#link.up,
      nodes: this.#p.topology.size,
      queued: this.#uplink.depth,
      records: this.#p.records.size,
      aliases: { total: aliases.length, ready: aliases.filter(({ ready }) => ready).length },
      beat: this.#uplink.beat,
    };
  }

  #epoch(now: Instant): number {
    return epochAt(this.#p.options.parameters, now);
  }

  #restore(state: Iterable<StoredEntry>): void {
    const { refused, sticky, aliases, records, contactPoints } = restoreState(state);
    if (sticky !== undefined) this.#p.topology.restore(sticky);
    for (const alias of aliases) this.#p.aliases.restore(alias);
    for (const record of records) {
      this.#p.records.add(record);
      const { purpose } = record;
      // Else seats would be taken, and be seen to be, as contacts become busy after a restart.
      if (purpose.kind === 'contact') this.#uplink.seat(contactFlow(purpose.contact));
    }
    this.#link.restore(contactPoints);
    for (const key of refused) {
      this.#p.counters.count('state-entry');
      this.#p.event({ kind: 'state-refused', key });
    }
  }

  #request(
    node: string,
    flow: Flow,
    delayClass: DelayClass,
    request: Request,
    bound: Pick<Queued, 'epoch' | 'answers'> = {},
  ): Result<number, OrderError> {
    const payload: Payload = { kind: 'request', node, ...encodeRequest(request) };
    return this.#uplink.enqueue(delayClass, flow, { payload, ...bound });
  }
}

const contactFlow = (contact: string): string => `contact ${contact}`;

function expectLength(name: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) {
    throw new RangeError(`"${name}" expected ${length} bytes, got ${bytes.length}`);
  }
}
