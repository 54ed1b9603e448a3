// The client as others get it: packed with what it needs, installed in an empty folder outside of this
// repository, and there the example of the README as it is written, for each of two people.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type LocalNetwork, startLocalNetwork } from '@sotto/node';
import { afterAll, beforeAll, expect, test } from 'vitest';

const repository = join(import.meta.dirname, '../..');
/** The version that `tools/setup.sh` installs with. */
const pnpm =
  /pnpm@[\d.]+/u.exec(readFileSync(join(repository, 'tools/setup.sh'), 'utf8'))?.[0] ?? '';

let folder: string;
let network: LocalNetwork;
const running: ChildProcess[] = [];

/** The example, as it is written. */
function example(): string {
  const readme = readFileSync(join(repository, 'README.md'), 'utf8');
  const code = /```ts\n(import \{ openAccount \}[^`]*)```/u.exec(readme)?.[1];
  if (code === undefined) throw new Error('the README has no example');
  return code;
}

const run = (command: string, args: readonly string[], cwd: string): void =>
  void execFileSync(command, args, { cwd, stdio: 'pipe' });

/** Packs the client with its packages, and installs it from the files alone. */
function install(into: string): void {
  const packs = join(folder, 'packs');
  run(join(repository, 'node_modules/.bin/tsc'), ['-b', 'packages/product/client'], repository);
  const chosen = ['--filter', '@sotto/client...', '-r', 'pack', '--pack-destination', packs];
  run('npx', ['--yes', pnpm, ...chosen], repository);
  const files = Object.fromEntries(
    readdirSync(packs).map((file) => [
      `@sotto/${file.replace(/^sotto-|-0\.0\.0\.tgz$/gu, '')}`,
      `file:${join(packs, file)}`,
    ]),
  );
  const manifest = {
    name: 'outside',
    type: 'module',
    dependencies: { '@sotto/client': files['@sotto/client'] },
  };
  writeFileSync(join(into, 'package.json'), JSON.stringify(manifest));
  const workspace = { packages: ['.'], overrides: files, allowBuilds: { 'classic-level': false } };
  // JSON is YAML.
  writeFileSync(join(into, 'pnpm-workspace.yaml'), JSON.stringify(workspace));
  run('npx', ['--yes', pnpm, 'install', '--prefer-offline'], into);
}

/** One person's run of the example. */
class Person {
  readonly lines: string[] = [];
  readonly #waiting: {
    readonly test: (line: string) => boolean;
    readonly found: (line: string) => void;
  }[] = [];
  readonly #ended: Promise<never>;

  constructor(place: string, ...args: readonly string[]) {
    mkdirSync(place);
    copyFileSync(network.networkFile, join(place, 'network.json'));
    writeFileSync(join(place, 'example.ts'), example());
    const child = spawn(process.execPath, ['example.ts', ...args], { cwd: place });
    running.push(child);
    let complaint = '';
    child.stderr.on('data', (data) => (complaint += String(data)));
    this.#ended = new Promise((_, reject) => {
      child.once('exit', (code) => reject(new Error(`the example ended, ${code}: ${complaint}`)));
    });
    this.#ended.catch(() => undefined);
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.lines.push(line);
      for (const { test: fits, found } of this.#waiting) if (fits(line)) found(line);
    });
  }

  /** The first line that fits, of those that came and come. */
  async line(fits: (line: string) => boolean): Promise<string> {
    const there = this.lines.find(fits);
    if (there !== undefined) return there;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#waiting.push({ test: fits, found: resolve });
    return Promise.race([promise, this.#ended]);
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-packed-'));
  network = await startLocalNetwork({
    nodes: 9,
    singleProcess: true,
    meanDelayMs: 20,
    slowMeanDelayMs: 100,
    // Half of a client's packets in the slow class, and little cover: an invite takes seconds.
    parameters: { slowShare: 32_768, poolTarget: 0, minLoopsPerMixPerSecond: 1 },
    data: join(folder, 'net'),
  });
});

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await network.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('the README’s example has at most 15 lines', () => {
  expect(example().trim().split('\n').length).toBeLessThanOrEqual(15);
});

test('the packed client, installed elsewhere, sends a message by the README’s example', async () => {
  const outside = join(folder, 'outside');
  mkdirSync(outside);
  install(outside);
  const alice = new Person(join(outside, 'alice'));
  const link = await alice.line((line) => line.startsWith('sotto:'));
  const bob = new Person(join(outside, 'bob'), link);
  await Promise.all([alice, bob].map((person) => person.line((line) => line === 'Hello')));
  // Nothing of it came from this repository.
  const loaded = join(outside, 'node_modules/@sotto/client/dist/node.js');
  expect(readFileSync(loaded, 'utf8')).toContain('openAccount');
});
