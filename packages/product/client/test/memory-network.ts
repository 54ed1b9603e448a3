import {
  balancedIdentities,
  DEFAULT_PARAMETERS,
  networkId,
  type NetworkParameters,
} from '@sotto/directory';
import { Driver, SystemClock, systemRng } from '@sotto/driver';
import { encodePreface } from '@sotto/link';
import { Relay, type RelayInput, type RelayOutput } from '@sotto/relay';
import { open, openPasswordHash } from '@sotto/sodium/native';
import type { Link, PeerTarget, Transport } from '@sotto/transport';
import { MemoryHub } from '@sotto/transport-memory';
import { err, MICROS_PER_MS, ok } from '@sotto/wire';
import type { Plan } from '@sotto/endpoint';
import { TRANSPORT_SIZES } from '../src/index.ts';

export const suite = await open();
export const passwordHash = await openPasswordHash();

/** Well below the node's own limit of 10 packets a second: slots that a busy machine serves late leave together. */
export const TEST_PLAN: Plan = {
  name: 'test',
  code: 99,
  phase: { uplinkMeanMicros: 160 * MICROS_PER_MS, downlinkIntervalMicros: 25 * MICROS_PER_MS },
};

/** Delays so short that a whole acquaintance fits into seconds. */
export const TEST_PARAMETERS: NetworkParameters = {
  ...DEFAULT_PARAMETERS,
  fastMeanMicros: 5 * MICROS_PER_MS,
  slowMeanMicros: 20 * MICROS_PER_MS,
  slowShare: 32_768,
  poolTarget: 0,
  minLoopsPerMixPerSecond: 1,
  answerMeanMicros: 50 * MICROS_PER_MS,
};

interface Node {
  readonly relay: Relay;
  readonly driver: Driver<RelayInput, RelayOutput, Relay>;
  readonly transport: Transport;
  readonly target: PeerTarget;
  readonly clients: Map<string, Link>;
}

/** Relay cores on real timers over a hub in memory. What a node stores is stored at once. */
export class MemoryNetwork {
  readonly hub: MemoryHub = new MemoryHub();
  readonly clock: SystemClock = new SystemClock();
  readonly #nodes: Node[] = [];
  readonly #errors: unknown[] = [];

  static async start(count = 9): Promise<MemoryNetwork> {
    const network = new MemoryNetwork();
    for (const identity of balancedIdentities(suite, systemRng(), count)) {
      await network.#startNode(identity.publicKey, identity.secretKey);
    }
    return network;
  }

  get bootstrap(): readonly PeerTarget[] {
    return this.#nodes.map(({ target }) => target);
  }

  /** Ends every client link of every node, as a line that breaks does. */
  cutClients(): number {
    let cut = 0;
    for (const { clients } of this.#nodes) {
      for (const link of clients.values()) {
        link.close();
        cut++;
      }
    }
    return cut;
  }

  transport(): Transport {
    const identityKey = crypto.getRandomValues(new Uint8Array(32));
    return this.hub.transport({ identityKey, sizes: TRANSPORT_SIZES });
  }

  async stop(): Promise<void> {
    for (const { driver, transport } of this.#nodes) {
      driver.stop();
      await transport.stop();
    }
    if (this.#errors.length > 0) throw this.#errors[0];
  }

  async #startNode(identityKey: Uint8Array, identitySecret: Uint8Array): Promise<void> {
    const transport = this.hub.transport({ identityKey, sizes: TRANSPORT_SIZES });
    const clients = new Map<string, Link>();
    const links = new Map<string, Link>();
    const inbound = new Map<string, Link>();
    let lastClient = 0;
    let lastLink = 0;
    let running: Driver<RelayInput, RelayOutput, Relay> | undefined;
    await transport.start({
      snapshot: () => running?.command((core, now) => core.snapshot(now)),
      acceptLink: ({ kind, peer, preface }) => {
        const answer = running?.command((core) => core.acceptLink(kind, peer, preface));
        if (answer?.ok !== true) return err({ code: answer?.code ?? 'not-ready' });
        return ok((link) => {
          if (answer.preface.kind === 'mix') {
            const name = `mix ${++lastLink}`;
            inbound.set(name, link);
            link.onFrames(
              (packets) => void running?.deliver({ kind: 'packets', packets, link: name }),
            );
            return;
          }
          const client = String(++lastClient);
          clients.set(client, link);
          link.onClose(() => {
            clients.delete(client);
            running?.deliver({ kind: 'client-detached', client });
          });
          const { boxSecret, plan } = answer.preface;
          running?.deliver({ kind: 'client-attached', client, boxSecret, plan });
          link.onFrames((frames) => {
            for (const packet of frames)
              running?.deliver({ kind: 'client-packet', client, packet });
          });
        });
      },
    });
    const addresses = transport.addresses();
    const relay = new Relay({
      suite,
      rng: systemRng(),
      parameters: TEST_PARAMETERS,
      now: this.clock.now(),
      identityKey,
      identitySecret,
      capabilities: { mix: true, guard: true, mailbox: true, contact: true },
      addresses,
      plans: [TEST_PLAN],
    });
    const preface = encodePreface({ kind: 'mix', networkId: networkId(suite, TEST_PARAMETERS) });
    const opening = new Set<string>();
    const openLink = async (to: string): Promise<void> => {
      const peer = this.#nodes.find((node) => node.relay.key === to)?.target;
      if (peer === undefined) {
        opening.delete(to);
        running?.deliver({ kind: 'link-down', to, unknown: true });
        return;
      }
      const link = await transport.openLink({ kind: 'mix', peer, preface });
      links.set(to, link);
      link.onFrames((frames) => {
        for (const frame of frames) running?.deliver({ kind: 'link-frame', to, frame });
      });
      running?.deliver({ kind: 'link-up', to });
    };
    const driver = new Driver<RelayInput, RelayOutput, Relay>({
      core: relay,
      clock: this.clock,
      onError: (error) => this.#errors.push(error),
      onOutput: (output) => {
        if (output.kind === 'transmit') links.get(output.to)?.send(output.packet);
        else if (output.kind === 'open-link') {
          if (opening.has(output.to)) return;
          opening.add(output.to);
          openLink(output.to).catch((error: unknown) => this.#errors.push(error));
        } else if (output.kind === 'write-key') {
          const { epoch } = output;
          queueMicrotask(() => driver.deliver({ kind: 'key-stored', epoch }));
        } else if (output.kind === 'write-tags') {
          const { sequence } = output;
          queueMicrotask(() => driver.deliver({ kind: 'tags-stored', sequence }));
        } else if (output.kind === 'persist') {
          const { batch } = output;
          queueMicrotask(() => driver.deliver({ kind: 'persisted', batch }));
        } else if (output.kind === 'receipt') inbound.get(output.link)?.send(output.frame);
        else if (output.kind === 'client-frame') clients.get(output.client)?.send(output.frame);
        else if (output.kind === 'client-replaced') clients.get(output.client)?.close();
        else if (output.kind === 'gossip') {
          const { bytes } = output;
          queueMicrotask(() => this.#gossip(relay, bytes));
        }
      },
    });
    running = driver;
    const target = { identityKey, addresses };
    this.#nodes.push({ relay, driver, transport, target, clients });
    // Who comes later asks those who were there.
    for (const node of this.#nodes) {
      const held = node.driver.command((core, now) => core.snapshot(now));
      for (const bytes of held) driver.command((core, now) => core.receiveGossip(now, bytes));
    }
  }

  #gossip(from: Relay, bytes: Uint8Array): void {
    for (const { relay, driver } of this.#nodes) {
      if (relay !== from && !driver.stopped) {
        driver.command((core, now) => core.receiveGossip(now, bytes));
      }
    }
  }
}
