/**
 * Writes tests/examples/gen: every example of the packages' pages, of their docstrings and of the
 * guide as a function, so that the compiler checks it and a test runs it.
 */
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { collect } from './examples/collect.ts';
import { moduleOf, stageNames } from './examples/module.ts';

const ROOT = join(import.meta.dirname, '..');
/** Where the modules stand. */
export const EXAMPLES_FOLDER: string = join(ROOT, 'tests/examples/gen');

/** The modules by the names of their files. @throws RangeError when a document has no stage. */
export function exampleModules(): Map<string, string> {
  const stages = readFileSync(join(ROOT, 'tests/examples/stages.ts'), 'utf8');
  return new Map(
    collect(ROOT).map((document) => {
      const [, folder = '', name = ''] =
        /([^/]+)\/(?:src\/)?([^/]+)\.\w+$/u.exec(document.path) ?? [];
      const page = name === 'README' ? folder : `${folder}-${name}`;
      const stage = `${page.replaceAll(/(?:^|-)(\w)/gu, (_, letter: string) => letter.toUpperCase())}Stage`;
      const names = stageNames(stages, stage);
      return [`${page}.gen.ts`, moduleOf(document, { name: stage, names })];
    }),
  );
}

if (process.argv[1] === import.meta.filename) {
  const modules = exampleModules();
  mkdirSync(EXAMPLES_FOLDER, { recursive: true });
  for (const [file, text] of modules) writeFileSync(join(EXAMPLES_FOLDER, file), text);
  for (const file of globSync('*.gen.ts', { cwd: EXAMPLES_FOLDER })) {
    if (!modules.has(basename(file))) rmSync(join(EXAMPLES_FOLDER, file));
  }
}
