import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A fresh folder that is removed when the test is over. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-storage-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Why this machine cannot mount a small file system; undefined when it can. */
export const noSmallDisk: string | undefined = (() => {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'pipe' });
    execFileSync('umount', [folder], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `no small disk: ${error instanceof Error ? error.message.split('\n')[0] : 'mount failed'}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
})();

/** A file system of a few megabytes of its own, unmounted when the test is over. */
export function smallDisk(megabytes: number): string {
  const folder = join(freshFolder(), 'disk');
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  return folder;
}
