/** Transport inside one process, for tests and simulations in real time. @module */
export { MemoryHost } from './memory-host.ts';
export { MemoryHub } from './memory-hub.ts';
export { MemoryStream } from './memory-pipe.ts';
