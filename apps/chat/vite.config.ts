import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ed25519Only, libsodiumOnly, sodiumAsFile } from '@sotto/client/vite';
import { defineConfig, type Plugin } from 'vite';

/** The guide beside the page, as plain text: who reads it asks nobody but the server of the page. */
const guide = (): Plugin => ({
  name: 'guide',
  generateBundle() {
    const source = readFileSync(join(import.meta.dirname, '../../docs/guide/README.md'));
    this.emitFile({ type: 'asset', fileName: 'guide.txt', source });
  },
});

/** The page, as `sotto network` serves it: files only, nothing inline, so that its CSP can be strict. */
export default defineConfig({
  base: './',
  plugins: [guide()],
  build: {
    target: 'es2024',
    // A module preload polyfill would be inline code for browsers that do not run this page anyway.
    modulePreload: { polyfill: false },
    // Pictures as files: `data:` would only make the script larger.
    assetsInlineLimit: 0,
  },
  worker: { format: 'es', plugins: () => [sodiumAsFile(), ed25519Only(), libsodiumOnly()] },
});
