/**
 * Fails when a package depends on one that it must not see (docs/architecture.md, "Rings").
 * Looks at every kind of dependency and at the imports themselves, so that neither a line in a
 * package.json nor a package that the workspace root happens to have can open a way around.
 *
 * `node tools/check-rings.ts [folder]`, default: this repository.
 */
import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

type Ring = 'protocol' | 'crypto' | 'platform' | 'product' | 'apps';

const mayUse: Readonly<Record<Ring, readonly Ring[]>> = {
  protocol: ['protocol'],
  crypto: ['protocol'],
  platform: ['protocol', 'platform'],
  product: ['protocol', 'crypto', 'platform', 'product'],
  apps: ['protocol', 'crypto', 'platform', 'product'],
};

/** What a ring may take from outside; a ring without a row takes what its package.json names. */
const thirdParty: Readonly<Partial<Record<Ring, RegExp>>> = {
  protocol: /^$/u,
  crypto: /^(?:@noble\/.*|sodium-native|libsodium-sumo|node:crypto|node:module)$/u,
};

/** Libraries that one package alone may touch: whoever replaces them replaces that package. */
const onlyIn: readonly { readonly library: RegExp; readonly owners: readonly string[] }[] = [
  {
    library: /^(?:libp2p|@libp2p\/.*|@chainsafe\/.*|@multiformats\/.*)$/u,
    owners: ['@sotto/transport-libp2p', '@sotto/transport-webrtc'],
  },
  {
    library: /^(?:abstract-level|classic-level|browser-level|memory-level)$/u,
    owners: ['@sotto/storage-level'],
  },
  { library: /^(?:pg|pg-.*)$/u, owners: ['@sotto/storage-postgres'] },
];

/** Pairs within what the rings allow that are kept apart all the same. */
const apart: readonly {
  readonly from: RegExp;
  readonly to: RegExp;
  readonly why: string;
}[] = [
  {
    from: /^@sotto\/(?:noble|sodium)$/u,
    to: /^@sotto\/(?!suite$|wire$)/u,
    why: 'a backend knows primitives, not the protocol',
  },
  {
    from: /^@sotto\/(?:ratchet|group|broadcast)$/u,
    to: /^@sotto\/(?:sphinx|mixing|endpoint|relay)$/u,
    why: 'sealing knows nothing of packets',
  },
  {
    from: /^@sotto\/simulator$/u,
    to: /^@sotto\/(?:transport|storage|driver|node)(?:-|$)/u,
    why: 'the simulator has its own clock and links',
  },
  {
    from: /^@sotto\/accounting-/u,
    to: /^@sotto\/accounting-/u,
    why: 'designs are compared, not combined',
  },
];

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Package {
  readonly name: string;
  readonly ring: Ring;
  readonly declared: ReadonlySet<string>;
  /** Names that its source imports. */
  readonly imported: ReadonlySet<string>;
  /** Relative imports that leave its folder. */
  readonly outside: readonly string[];
}

const isRing = (text: string | undefined): text is Ring => text !== undefined && text in mayUse;

/** `@scope/name/path` → `@scope/name`; `node:fs` stays; a relative path gives undefined. */
function packageName(specifier: string): string | undefined {
  if (specifier.startsWith('.')) return undefined;
  if (specifier.startsWith('node:')) return specifier;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

const importPattern =
  /(?:\b(?:import|export)\b[^'"`;]*?\bfrom|\bimport|\brequire|\bcreateRequire\([^)]*\))\s*\(?\s*['"`]([^'"`]+)['"`]/gu;

function readPackage(root: string, file: string): Package {
  const parts = file.split('/');
  const ring = parts[0] === 'apps' ? 'apps' : parts[1];
  if (!isRing(ring)) throw new Error(`${file}: no ring is called ${ring}`);
  const json = JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest;
  const folder = parts.slice(0, -1).join('/');
  const imported = new Set<string>();
  const outside: string[] = [];
  for (const source of globSync(`${folder}/src/**/*.{ts,tsx}`, { cwd: root })) {
    const text = readFileSync(join(root, source), 'utf8');
    const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gmu, '');
    for (const [, specifier = '.'] of code.matchAll(importPattern)) {
      const name = packageName(specifier);
      if (name !== undefined && name !== json.name) imported.add(name);
      if (name === undefined && !posix.join(source, '..', specifier).startsWith(`${folder}/`))
        outside.push(specifier);
    }
  }
  const declared = new Set(
    Object.keys({ ...json.dependencies, ...json.peerDependencies, ...json.optionalDependencies }),
  );
  return { name: json.name, ring, declared, imported, outside };
}

/** A way from a package back to itself, by declared dependencies; undefined when there is none. */
function cycleThrough(start: Package, byName: ReadonlyMap<string, Package>): string[] | undefined {
  const seen = new Set<string>();
  const walk = (name: string, way: readonly string[]): string[] | undefined => {
    for (const next of byName.get(name)?.declared ?? []) {
      if (next === start.name) return [...way, next];
      if (seen.has(next) || !byName.has(next)) continue;
      seen.add(next);
      const found = walk(next, [...way, next]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return walk(start.name, [start.name]);
}

function judge(from: Package, to: string, target: Package | undefined): string | undefined {
  if (target !== undefined && !mayUse[from.ring].includes(target.ring))
    return `${from.name} (${from.ring}) must not use ${to} (${target.ring})`;
  if (target === undefined && thirdParty[from.ring]?.test(to) === false)
    return `${from.name} (${from.ring}) must not use ${to}`;
  for (const { library, owners } of onlyIn)
    if (library.test(to) && !owners.includes(from.name))
      return `${from.name} must not use ${to}: only ${owners.join(', ')} may`;
  for (const rule of apart)
    if (rule.from.test(from.name) && rule.to.test(to) && to !== from.name)
      return `${from.name} must not use ${to}: ${rule.why}`;
  return undefined;
}

/** Every breach below `root`, one line each, sorted; `packages` is how many were looked at. */
export function checkRings(root: string): {
  readonly packages: number;
  readonly wrong: readonly string[];
} {
  const files = globSync(['packages/*/*/package.json', 'apps/*/package.json'], { cwd: root });
  const packages = files.map((file) => readPackage(root, file));
  const byName = new Map(packages.map((item) => [item.name, item]));
  const wrong = new Set<string>();
  for (const item of packages) {
    for (const name of new Set([...item.declared, ...item.imported])) {
      const breach = judge(item, name, byName.get(name));
      if (breach !== undefined) wrong.add(breach);
    }
    for (const name of item.imported)
      if (!name.startsWith('node:') && !item.declared.has(name))
        wrong.add(`${item.name} uses ${name} without declaring it`);
    for (const specifier of item.outside)
      wrong.add(`${item.name} reaches out of its folder: ${specifier}`);
    const cycle = cycleThrough(item, byName);
    if (cycle !== undefined) wrong.add(`${item.name} needs itself: ${cycle.join(' → ')}`);
  }
  return { packages: packages.length, wrong: [...wrong].sort((a, b) => a.localeCompare(b)) };
}

if (import.meta.main) {
  const { packages, wrong } = checkRings(process.argv[2] ?? join(import.meta.dirname, '..'));
  for (const line of wrong) process.stderr.write(`${line}\n`);
  process.stdout.write(`rings: ${packages} packages, ${wrong.length} wrong\n`);
  process.exitCode = wrong.length === 0 && packages > 0 ? 0 : 1;
}
