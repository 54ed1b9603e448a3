import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { leanLibp2p, sodiumAsFile } from '@sotto/client/vite';
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
    // Nothing to load ahead of the few lazy parts, and one stylesheet: the helper for both is 1 KB.
    modulePreload: false,
    cssCodeSplit: false,
    rolldownOptions: {
      // The page's half of the SDK stands apart, so that each of the two has its own size.
      output: { codeSplitting: { groups: [{ name: 'sdk', test: /\/packages\//u }] } },
    },
    // Pictures as files: `data:` would only make the script larger.
    assetsInlineLimit: 0,
  },
  worker: { format: 'es', plugins: () => [sodiumAsFile(), leanLibp2p()] },
});
