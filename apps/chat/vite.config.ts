import { sodiumAsFile } from '@sotto/client/vite';
import { defineConfig } from 'vite';

/** The page, as `sotto network` serves it: files only, nothing inline, so that its CSP can be strict. */
export default defineConfig({
  base: './',
  build: {
    target: 'es2024',
    // A module preload polyfill would be inline code for browsers that do not run this page anyway.
    modulePreload: { polyfill: false },
    // Pictures as files: `data:` would only make the script larger.
    assetsInlineLimit: 0,
  },
  worker: { format: 'es', plugins: () => [sodiumAsFile()] },
});
