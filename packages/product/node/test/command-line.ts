import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import type { NodeStatus } from '@sotto/node';
import { askStatus } from '../src/status-client.ts';
import { readStatusPlace } from '../src/status-server.ts';

const CLI = join(import.meta.dirname, '../src/cli.ts');

/** One bound for whatever a test waits for; what hangs ends. */
export const until = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 600_000, interval: 50 });

/** A folder that is gone after the test. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Command {
  readonly child: ChildProcess;
  /** Resolves with the exit code; null after a signal. */
  readonly exit: Promise<number | null>;
  stdout(): string;
  stderr(): string;
}

/** Runs `sotto` with a bare environment; it is killed at the end of the test. */
export function sotto(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Command {
  const child = spawn(process.execPath, [CLI, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...env },
  });
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (part: string) => void (text.stdout += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => void (text.stderr += part));
  const exit = new Promise<number | null>((done) => {
    child.once('close', (code) => done(code));
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  return { child, exit, stdout: () => text.stdout, stderr: () => text.stderr };
}

/** Figures of the node that runs on a folder, as soon as it answers; its end is an error. */
async function statusOf(data: string, command: Command): Promise<NodeStatus> {
  return until(async () => {
    if (command.child.exitCode !== null) throw new Error(`it ended: ${command.stderr()}`);
    const place = await readStatusPlace(data);
    if (place?.pid !== command.child.pid) throw new Error('not up');
    const status = await askStatus(place);
    if (status === undefined) throw new Error('no answer');
    return status;
  });
}

/** Starts a node of a local network and waits for its status. */
export async function startNode(
  data: string,
  ...more: readonly string[]
): Promise<{ readonly command: Command; readonly status: NodeStatus }> {
  const command = sotto(['node', '--network', 'local', '--data', data, ...more]);
  return { command, status: await statusOf(data, command) };
}
