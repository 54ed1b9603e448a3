/** What the SDK's tests in a real Chromium share: nodes, a page with the SDK, and a browser. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Network } from '@sotto/client';
import { leanLibp2p, sodiumAsFile } from '@sotto/client/vite';
import { type LocalNetwork, startLocalNetwork } from '@sotto/node';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright';
import { build } from 'vite';
import { chromiumArgs, chromiumPath } from '../../tools/chromium.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** Everything that one test file needs, started once. */
export class SdkStage {
  readonly nodes: LocalNetwork;
  readonly network: Network;
  readonly browser: Browser;
  readonly address: string;
  /** What pages and workers threw and nobody caught: a test ends by looking here. */
  readonly errors: unknown[] = [];
  readonly #folder: string;
  readonly #server: Server;
  readonly #contexts: BrowserContext[] = [];

  private constructor(parts: {
    nodes: LocalNetwork;
    network: Network;
    browser: Browser;
    folder: string;
    server: Server;
  }) {
    this.nodes = parts.nodes;
    this.network = parts.network;
    this.browser = parts.browser;
    this.#folder = parts.folder;
    this.#server = parts.server;
    const { port } = parts.server.address() as AddressInfo;
    this.address = `http://127.0.0.1:${port}/`;
  }

  static async start(): Promise<SdkStage> {
    const folder = mkdtempSync(join(tmpdir(), 'sotto-sdk-'));
    const site = join(folder, 'site');
    const nodes = await startLocalNetwork({
      nodes: 9,
      singleProcess: true,
      meanDelayMs: 20,
      slowMeanDelayMs: 100,
      // Half of a client's packets in the slow class, few loops, and little cover: an invite takes seconds.
      parameters: {
        slowShare: 32_768,
        loopShare: 3277,
        poolTarget: 0,
        minLoopsPerMixPerSecond: 1,
      },
      data: join(folder, 'net'),
    });
    await build({
      root: fileURLToPath(new URL('sdk-page', import.meta.url)),
      logLevel: 'error',
      build: { outDir: site, target: 'es2024', modulePreload: false, minify: false },
      worker: { format: 'es', plugins: () => [sodiumAsFile(), leanLibp2p()] },
    });
    const server = createServer((request, response) => {
      const path = request.url === '/' ? '/index.html' : (request.url ?? '/');
      try {
        const bytes = readFileSync(join(site, path.replaceAll('..', '')));
        // For the frame without an origin.
        response.setHeader('access-control-allow-origin', '*');
        response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream');
        response.end(bytes);
      } catch {
        response.statusCode = 404;
        response.end();
      }
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, '127.0.0.1', resolve);
    await promise;
    const browser = await chromium.launch({
      executablePath: await chromiumPath(),
      args: [...chromiumArgs],
    });
    const network = { parameters: { ...nodes.parameters }, bootstrap: await webSockets(nodes) };
    writeFileSync(join(site, 'network.json'), JSON.stringify(network));
    return new SdkStage({ nodes, network, browser, folder, server });
  }

  /** A person's browser, of their own. */
  async person(): Promise<BrowserContext> {
    const context = await this.browser.newContext();
    this.#contexts.push(context);
    return context;
  }

  /** One tab with the SDK loaded, no account open. */
  async tab(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    page.on('pageerror', (error) => this.errors.push(error));
    await page.goto(this.address);
    return page;
  }

  async stop(): Promise<void> {
    for (const context of this.#contexts) await context.close();
    await this.browser.close();
    this.#server.closeAllConnections();
    this.#server.close();
    await this.nodes.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function webSockets(nodes: LocalNetwork): Promise<string[]> {
  const all = await Promise.all(nodes.nodes.map((_, i) => nodes.status(i)));
  return all.flatMap((status) => status?.addresses.find((text) => text.includes('/ws')) ?? []);
}
