/** What the tests of the whole page share: a local network with its page, a Chromium, and people in it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalNetwork, type PageServer, serveLocalPage, startLocalNetwork } from '@sotto/node';
import { type Browser, chromium } from 'playwright';
import { BUILT_PAGE, buildPage, pageIsStale } from '../../tools/build-page.ts';
import { chromiumArgs, chromiumPath } from '../../tools/chromium.ts';
import { ChatPerson } from './chat-person.ts';

const NODES = 9;

/** What all nodes together have counted. */
export interface NodeCounts {
  /** Packets from clients. */
  readonly fromClients: number;
  /** Packets from other nodes. */
  readonly fromNodes: number;
  /** Loops of nodes that came back: cover that runs. */
  readonly loops: number;
}

/** Everything that the page's tests need, started once. */
export class ChatStage {
  readonly network: LocalNetwork;
  readonly page: PageServer;
  readonly browser: Browser;
  readonly people: ChatPerson[] = [];
  readonly #folder: string;

  private constructor(parts: {
    network: LocalNetwork;
    page: PageServer;
    browser: Browser;
    folder: string;
  }) {
    this.network = parts.network;
    this.page = parts.page;
    this.browser = parts.browser;
    this.#folder = parts.folder;
  }

  /** Starts it all: the page as it is built for people, behind its policy; cover on, delays short. */
  static async start(): Promise<ChatStage> {
    const folder = mkdtempSync(join(tmpdir(), 'sotto-chat-'));
    if (pageIsStale()) await buildPage();
    let page: PageServer | undefined;
    const network = await startLocalNetwork({
      nodes: NODES,
      singleProcess: true,
      meanDelayMs: 20,
      slowMeanDelayMs: 100,
      // The page's plan has two slots a second, and each test waits for some: half of them in the slow
      // class, so that an invite takes seconds, and few loops. Every mix has loops of the others in
      // it at all times.
      parameters: {
        slowShare: 32_768,
        loopShare: 3277,
        poolTarget: 0,
        minLoopsPerMixPerSecond: 3,
      },
      // Twenty milliseconds of delay on a busy machine: nodes warn of one another, and are right.
      logLevel: 'error',
      onDrawn: async (drawn) => {
        page = await serveLocalPage(drawn, { folder: BUILT_PAGE, port: 0 });
      },
    });
    if (page === undefined) throw new Error('the network has no page');
    // The browser's own log of every request, lookup and socket, workers included.
    const browser = await chromium.launch({
      executablePath: await chromiumPath(),
      args: [...chromiumArgs, `--log-net-log=${join(folder, 'net.json')}`],
    });
    return new ChatStage({ network, page, browser, folder });
  }

  /** Somebody with a browser of their own, who has not opened the page yet. */
  async person(name: string): Promise<ChatPerson> {
    const context = await this.browser.newContext({ locale: 'en-GB' });
    const person = new ChatPerson(name, context, this.page.url);
    this.people.push(person);
    return person;
  }

  /** What the nodes have counted so far. */
  async counts(): Promise<NodeCounts> {
    const all = await Promise.all(this.network.nodes.map((_, i) => this.network.status(i)));
    const sum = (of: (relay: NonNullable<(typeof all)[number]>['relay']) => number): number =>
      all.reduce((total, status) => total + (status === undefined ? 0 : of(status.relay)), 0);
    return {
      fromClients: sum((relay) => relay.received.client),
      fromNodes: sum((relay) => relay.received.link),
      loops: sum((relay) => relay.loops.returned),
    };
  }

  /** Ends every node; resolves with the numbers of those that guarded somebody. */
  async stopNodes(): Promise<readonly number[]> {
    const { nodes } = this.network;
    const statuses = await Promise.all(nodes.map((_, i) => this.network.status(i)));
    await Promise.all(nodes.map((_, i) => this.network.kill(i)));
    return statuses.flatMap((status, i) => ((status?.links.clients ?? 0) > 0 ? [i] : []));
  }

  /**
   * Starts all nodes again from their folders, those of `last` when the others are up: what the first
   * packets of their clients go through is there then, and no message has to be repeated, which takes
   * minutes in a quiet conversation. (Ready they need not be: a layer may lack both guards, and the
   * third has no loops that come back.)
   */
  async startNodes(last: readonly number[]): Promise<void> {
    const all = this.network.nodes.map((_, i) => i);
    await Promise.all(all.filter((i) => !last.includes(i)).map((i) => this.network.restart(i)));
    await Promise.all(last.map((i) => this.network.restart(i)));
    await this.network.ready();
  }

  /** Closes the browser; gives every address that it asked for, by its own log. */
  async closeBrowser(): Promise<readonly string[]> {
    for (const { context } of this.people) await context.close();
    await this.browser.close();
    return urlsIn(readFileSync(join(this.#folder, 'net.json'), 'utf8'));
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.page.close();
    await this.network.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Every address and every looked-up name in a log of Chromium's network stack. */
function urlsIn(log: string): string[] {
  const { events } = JSON.parse(log) as {
    events: readonly { readonly params?: { readonly url?: unknown; readonly host?: unknown } }[];
  };
  const found = events.flatMap(({ params }) => [params?.url, params?.host]);
  return [...new Set(found.filter((text) => typeof text === 'string'))];
}
