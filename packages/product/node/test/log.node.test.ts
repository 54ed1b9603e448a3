import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('the log hides secrets, whoever logs an object that has them', () => {
  const log = join(import.meta.dirname, '../src/log.ts');
  const program = `
    const { openLog } = await import(${JSON.stringify(log)});
    const log = openLog('info');
    log.info({ seed: 'planted-1', node: { secretKey: 'planted-2', name: 'shown' } }, 'said');
    log.debug('below the level');
  `;
  const output = execFileSync(
    'sh',
    ['-c', 'exec "$0" --input-type=module -e "$1" 2>&1', process.execPath, program],
    { encoding: 'utf8' },
  );
  expect(output).toContain('"said"');
  expect(output).toContain('shown');
  expect(output).not.toContain('planted');
  expect(output).not.toContain('below');
});
