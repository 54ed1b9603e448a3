import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
// Below node_modules, so that the fixtures find `vitest` and no tool looks at them.
const cache = join(root, 'node_modules/.cache');
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Runs Vitest as its own process on files made of these texts; gives its exit code and last lines. */
function run(files: Readonly<Record<string, string>>): { code: number | null; lines: string[] } {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'reporter-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files))
    writeFileSync(
      join(folder, name),
      `import { beforeAll, describe, test } from 'vitest';\n${text}`,
    );
  const config = {
    test: { include: ['*.test.ts'], reporters: [join(root, 'tools/plain-reporter.ts')] },
  };
  writeFileSync(join(folder, 'vitest.config.ts'), `export default ${JSON.stringify(config)};\n`);
  const { VITEST: _, ...env } = process.env;
  const child = spawnSync(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder],
    { cwd: folder, encoding: 'utf8', timeout: 120_000, env },
  );
  return { code: child.status, lines: child.stdout.trimEnd().split('\n') };
}

const bound = { timeout: 130_000 };

test('counts passed and skipped, with the reason of each skip', bound, () => {
  const { code, lines } = run({
    'a.test.ts': `
      test('one', () => {});
      test('two', () => {});
      describe('kernel', () => test('needs it', (context) => context.skip('no namespaces here')));
      test.skip('silent', () => {});`,
  });
  expect(lines.at(-1)).toBe('2 passed, 0 failed, 2 skipped');
  expect(lines.join('\n')).toContain('kernel > needs it: no namespaces here');
  expect(lines.join('\n')).toContain('silent: no reason given');
  expect(code).toBe(0);
});

test('whatever makes a run red counts as failed', bound, () => {
  const { code, lines } = run({
    'fails.test.ts': `test('wrong', () => { throw new Error('wrong'); });`,
    'broken.test.ts': `throw new Error('does not load');`,
    'syntax.test.ts': `const = ;`,
    'hook.test.ts': `describe('suite', () => {
      beforeAll(() => { throw new Error('hook'); });
      test('never runs', () => {});
    });`,
    'loose.test.ts': `test('leaves one behind', () => { void Promise.reject(new Error('loose')); });`,
    'good.test.ts': `test('good', () => {});`,
  });
  const text = lines.join('\n');
  expect(text).toContain('broken.test.ts');
  expect(text).toContain('failed: suite');
  // Failed: the test, two files, the hook, the rejection that nobody caught.
  expect(lines.at(-1)).toMatch(/^2 passed, 5 failed, [01] skipped$/u);
  expect(code).not.toBe(0);
});
