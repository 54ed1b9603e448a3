/**
 * Fails when the SDK of a page, built and compressed, is larger than a page may be asked to load: all of
 * its JavaScript with libp2p, and libsodium's WebAssembly. `node tools/check-size.ts`
 */
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ed25519Only, libsodiumOnly, sodiumAsFile } from '@sotto/client/vite';
import { build, type Rolldown } from 'vite';

/** Kilobytes, of 1,000 bytes, after gzip. */
const BUDGET = 330;

const page = join(import.meta.dirname, '../tests/browser/sdk-page');
const files: { readonly name: string; readonly bytes: number }[] = [];
const collect = {
  name: 'sotto-sizes',
  generateBundle(_: unknown, bundle: Rolldown.OutputBundle): void {
    for (const [name, file] of Object.entries(bundle)) {
      if (!/\.(?:js|wasm)$/u.test(name)) continue;
      const source = file.type === 'chunk' ? file.code : file.source;
      const { length } = gzipSync(source, { level: 9 });
      files.push({ name: name.replace(/^assets\//u, ''), bytes: length });
    }
  },
};
await build({
  root: page,
  logLevel: 'error',
  plugins: [collect],
  worker: {
    format: 'es',
    plugins: () => [sodiumAsFile(), ed25519Only(), libsodiumOnly(), collect],
  },
  build: { write: false, target: 'es2024', modulePreload: false },
});
const unique = new Map(files.map(({ name, bytes }) => [name, bytes]));
const total = [...unique.values()].reduce((sum, bytes) => sum + bytes, 0);
const kilobytes = (bytes: number): string => (bytes / 1000).toFixed(1);
const list = [...unique].map(([name, bytes]) => `${name} ${kilobytes(bytes)}`).join(', ');
process.stdout.write(`size: SDK of a page ${kilobytes(total)} of ${BUDGET} KB gzip (${list})\n`);
if (total > BUDGET * 1000 || ![...unique.keys()].some((name) => name.endsWith('.wasm'))) {
  process.exitCode = 1;
}
