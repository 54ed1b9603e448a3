/** The portable backend: pure TypeScript, for wherever neither Node’s addons nor Wasm run. @module */
export { open } from './noble-suite.ts';
