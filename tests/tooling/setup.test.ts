import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
let clone = '';

function put(path: string, text: string, mode = 0o644): void {
  const target = join(clone, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text, { mode });
}

/** A clone with the real script, and beside it an `npx` and a `node` that only note how they were called. */
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'setup-'));
  for (const path of ['package.json', 'pnpm-lock.yaml', 'packages/protocol/wire/package.json'])
    put(path, '{}');
  mkdirSync(join(clone, 'tools'));
  copyFileSync(join(root, 'tools/setup.sh'), join(clone, 'tools/setup.sh'));
  put('fake/npx', `#!/bin/sh\necho "$@" >> calls\nmkdir -p node_modules\necho noise\n`, 0o755);
  put('fake/node', `#!/bin/sh\n[ "$1" = -p ] && echo 24 || echo "node $*" >> calls\n`, 0o755);
});
afterEach(() => {
  rmSync(clone, { recursive: true, force: true });
});

function setup(): { code: number | null; stdout: string; stderr: string; calls: string[] } {
  rmSync(join(clone, 'calls'), { force: true });
  const child = spawnSync('sh', [join(clone, 'tools/setup.sh')], {
    encoding: 'utf8',
    env: { PATH: `${join(clone, 'fake')}:/usr/bin:/bin` },
    cwd: tmpdir(),
  });
  const calls = join(clone, 'calls');
  return {
    code: child.status,
    stdout: child.stdout,
    stderr: child.stderr,
    calls: existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [],
  };
}

/** As `touch` would, one minute from now: mtimes of one test may be equal. */
const touch = (path: string): void => {
  const later = Date.now() / 1000 + 60;
  utimesSync(join(clone, path), later, later);
};

test('a first run installs by the lock file, then looks for a browser', () => {
  const { code, stdout, stderr, calls } = setup();
  expect(calls).toEqual([
    expect.stringMatching(/^--yes pnpm@\d+\.\d+\.\d+ install --frozen-lockfile$/u),
    'node tools/chromium.ts',
  ]);
  expect(code).toBe(0);
  expect(stdout).toBe('');
  expect(stderr).toBe('noise\n');
});

test('a second run does nothing and says nothing', () => {
  setup();
  put('node_modules/.cache/chromium.ready', '');
  expect(setup()).toEqual({ code: 0, stdout: '', stderr: '', calls: [] });
});

for (const path of ['package.json', 'pnpm-lock.yaml', 'packages/protocol/wire/package.json'])
  test(`a changed ${path} installs again`, () => {
    setup();
    put('node_modules/.cache/chromium.ready', '');
    touch(path);
    expect(setup().calls).toHaveLength(1);
  });

test('a failed installation is tried again the next time', () => {
  put('fake/npx', `#!/bin/sh\necho called >> calls\nexit 7\n`, 0o755);
  expect(setup()).toMatchObject({ code: 7, calls: ['called'] });
  expect(setup()).toMatchObject({ code: 7, calls: ['called'] });
});

test('an old Node is a clear message', () => {
  put('fake/node', `#!/bin/sh\n[ "$1" = -p ] && echo 20 || echo v20.20.2\n`, 0o755);
  const { code, stdout, stderr } = setup();
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain('Node 24 or newer is needed, this is v20.20.2.');
});

test('packages are judged by the Node that is installed with them', () => {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    optionalDependencies: Record<string, string>;
  };
  const installed = Object.entries(optionalDependencies)
    .filter(([name]) => name.startsWith('node-'))
    .map(([, version]) => version);
  const workspace = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8');
  const judged = /^nodeVersion: (.*)$/mu.exec(workspace)?.[1];
  expect(installed).toEqual([judged, judged]);
});
