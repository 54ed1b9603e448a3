import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { checkRings } from '../../tools/check-rings.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

interface Planted {
  readonly dependencies?: readonly string[];
  readonly source?: string;
}

/** A small repository: path of a package → what it names and what it imports. */
function repository(packages: Readonly<Record<string, Planted>>): string {
  const root = mkdtempSync(join(tmpdir(), 'rings-'));
  folders.push(root);
  for (const [path, { dependencies = [], source = '' }] of Object.entries(packages)) {
    const manifest = {
      name: `@sotto/${path.split('/').at(-1)}`,
      dependencies: Object.fromEntries(dependencies.map((name) => [name, '1.0.0'])),
    };
    for (const [file, text] of [
      ['package.json', JSON.stringify(manifest)],
      ['src/index.ts', source],
    ] as const) {
      const target = join(root, 'packages', path, file);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, text);
    }
  }
  return root;
}

const sound: Readonly<Record<string, Planted>> = {
  'protocol/wire': {},
  'protocol/suite': { dependencies: ['@sotto/wire'], source: `import '@sotto/wire';` },
  'protocol/sphinx': { dependencies: ['@sotto/suite'] },
  'protocol/ratchet': { dependencies: ['@sotto/suite'] },
  'crypto/noble': {
    dependencies: ['@sotto/suite', '@noble/curves'],
    source: `import { x25519 } from '@noble/curves/ed25519.js';`,
  },
  'platform/storage': { dependencies: ['@sotto/wire'], source: `import 'node:fs';` },
  'platform/transport-libp2p': { dependencies: ['libp2p', '@libp2p/tcp'] },
  'platform/storage-level': { dependencies: ['classic-level', '@sotto/storage'] },
  'product/client': { dependencies: ['@sotto/sphinx', '@sotto/storage'] },
  'product/node': { dependencies: ['@sotto/client', '@sotto/noble', 'commander'] },
  'product/simulator': { dependencies: ['@sotto/sphinx', '@sotto/client', '@sotto/noble'] },
};

test('this repository keeps its rings', () => {
  const { packages, wrong } = checkRings(join(import.meta.dirname, '../..'));
  expect(packages).toBeGreaterThan(20);
  expect(wrong).toEqual([]);
});

test('a sound repository has nothing wrong', () => {
  expect(checkRings(repository(sound))).toEqual({ packages: 11, wrong: [] });
});

const planted: readonly (readonly [string, string, Planted, string])[] = [
  ['a third-party library in ring 1', 'protocol/wire', { dependencies: ['lodash'] }, 'lodash'],
  [
    'a Node module in ring 1',
    'protocol/wire',
    { source: `import { readFileSync } from 'node:fs';` },
    'node:fs',
  ],
  [
    'a library by its subpath',
    'protocol/wire',
    { source: `export * from '@noble/hashes/blake2.js';` },
    '@noble/hashes',
  ],
  [
    'a dynamic import',
    'protocol/wire',
    { source: `const load = () => import('node:crypto');` },
    'node:crypto',
  ],
  ['a backend in ring 1', 'protocol/sphinx', { dependencies: ['@sotto/noble'] }, '@sotto/noble'],
  ['the platform in ring 1', 'protocol/sphinx', { dependencies: ['@sotto/storage'] }, '(platform)'],
  ['another library in a backend', 'crypto/noble', { dependencies: ['tweetnacl'] }, 'tweetnacl'],
  ['the packet in a backend', 'crypto/noble', { dependencies: ['@sotto/sphinx'] }, 'primitives'],
  ['crypto in the platform', 'platform/storage', { dependencies: ['@sotto/noble'] }, '(crypto)'],
  ['libp2p elsewhere', 'product/node', { dependencies: ['@libp2p/tcp'] }, '@libp2p/tcp: only'],
  ['LevelDB elsewhere', 'platform/storage', { dependencies: ['classic-level'] }, 'only'],
  [
    'the platform in the simulator',
    'product/simulator',
    { dependencies: ['@sotto/transport-libp2p'] },
    'own clock',
  ],
  [
    'the node in the simulator',
    'product/simulator',
    { dependencies: ['@sotto/node'] },
    'own clock',
  ],
  ['packets in sealing', 'protocol/ratchet', { dependencies: ['@sotto/sphinx'] }, 'sealing'],
  [
    'an import that is not declared',
    'product/client',
    { source: `import pino from 'pino';` },
    'without declaring',
  ],
  [
    'a required library',
    'crypto/noble',
    { source: `const lib = createRequire(import.meta.url)('tweetnacl/fast');` },
    'tweetnacl',
  ],
  [
    'a way round by a relative path',
    'protocol/sphinx',
    { source: `import { a } from '../../../crypto/noble/src/index.ts';` },
    'reaches out of its folder',
  ],
  [
    'a circle',
    'protocol/wire',
    { dependencies: ['@sotto/suite'] },
    '@sotto/wire → @sotto/suite → @sotto/wire',
  ],
];

for (const [name, path, change, expected] of planted) {
  test(`sees ${name}`, () => {
    const { wrong } = checkRings(repository({ ...sound, [path]: { ...sound[path], ...change } }));
    expect(wrong.join('\n')).toContain(expected);
  });
}

test('words in comments are no imports', () => {
  const source = `// import 'node:fs'\n/* from 'lodash' */\nexport const a = 1;\n`;
  expect(checkRings(repository({ ...sound, 'protocol/wire': { source } })).wrong).toEqual([]);
});
