import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { examplesOfPage, examplesOfSource } from '../../tools/examples/collect.ts';
import { moduleOf } from '../../tools/examples/module.ts';
import { EXAMPLES_FOLDER, exampleModules } from '../../tools/gen-examples.ts';

const ROOT = join(import.meta.dirname, '../..');
const modules = exampleModules();

test('the examples are those that their documents show: run tools/gen-examples.ts', () => {
  const there = readdirSync(EXAMPLES_FOLDER).filter((file) => file.endsWith('.gen.ts'));
  expect(there.toSorted()).toEqual([...modules.keys()].toSorted());
  for (const [file, text] of modules) {
    expect(readFileSync(join(EXAMPLES_FOLDER, file), 'utf8'), file).toBe(text);
  }
});

/** Examples of modules that no test of `texts` calls. */
function idle(all: ReadonlyMap<string, string>, texts: readonly string[]): string[] {
  return [...all].flatMap(([file, text]) => {
    const users = texts.filter((each) => each.includes(`/${file}'`));
    const called = (name: string): boolean =>
      users.some((each) => {
        const alias = new RegExp(`import \\* as (\\w+) from '[^']*/${file}'`, 'u').exec(each)?.[1];
        return each.includes(alias === undefined ? `${name}(` : `${alias}.${name}(`);
      });
    const names = [...text.matchAll(/^export async function (\w+)/gmu)].map(
      ([, name]) => name ?? '',
    );
    return names.filter((name) => !called(name)).map((name) => `${file} ${name}`);
  });
}

test('each example is called by a test', () => {
  const paths = ['tests/**/*.ts', 'packages/*/*/test/*.ts'];
  const texts = globSync(paths, { cwd: ROOT })
    .filter((path) => !path.includes('/gen/'))
    .map((path) => readFileSync(join(ROOT, path), 'utf8'));
  expect(idle(modules, texts)).toEqual([]);
  const planted = new Map([...modules, ['new.gen.ts', 'export async function example1() {\n}\n']]);
  expect(idle(planted, texts)).toEqual(['new.gen.ts example1']);
});

test('every public call of a client has an example', () => {
  for (const [file, interfaces] of [
    ['client-io', ['Client']],
    ['channel-io', ['Channel', 'ChannelCalls']],
  ] as const) {
    const path = `packages/product/client/src/${file}.ts`;
    const text = readFileSync(join(ROOT, path), 'utf8');
    const shown = examplesOfSource(path, text).map(({ name }) => name.toLowerCase());
    for (const each of interfaces) {
      const body = new RegExp(`^export interface ${each} .*?^\\}`, 'msu').exec(text)?.[0] ?? '';
      const calls = [...body.matchAll(/^ {2}(\w+)\(/gmu)].map(
        ([, name]) => `${each}${name}example`,
      );
      expect(calls.length).toBeGreaterThan(3);
      for (const call of calls) expect(shown).toContain(call.toLowerCase());
    }
  }
});

test('an example becomes what it says: imports outside, what it takes for given as parameters', () => {
  const page = `# x\n\n\`\`\`ts\nimport { open } from '@sotto/noble'; // portable\n\nconst suite = await open();\nuse(suite.hash, { given: 1 });\n\`\`\`\n`;
  const [example] = examplesOfPage(page);
  if (example === undefined) throw new Error('no example was found');
  expect(example).toMatchObject({ name: 'example1', line: 4 });
  const document = { path: 'x/README.md', examples: [example] };
  const text = moduleOf(document, { name: 'XStage', names: ['given', 'hash', 'suite', 'use'] });
  expect(text.split('\n').slice(1)).toEqual([
    "import { open } from '@sotto/noble';",
    "import type { XStage as Stage } from '../stages.ts';",
    '',
    '/** Line 4. */',
    "export async function example1({ use }: Pick<Stage, 'use'>) {",
    '  const suite = await open();',
    '  use(suite.hash, { given: 1 });',
    '  return { suite };',
    '}',
    '',
  ]);
  // A planted fault: an example that calls what is not there is a module that throws.
  const source =
    '/**\n * It.\n *\n * @example\n * ```ts\n * gone();\n * ```\n */\nexport const it = 1;\n';
  expect(examplesOfSource('x.ts', source)).toEqual([
    { name: 'itExample', line: 6, code: 'gone();\n' },
  ]);
});
