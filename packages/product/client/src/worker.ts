/** The worker in which the SDK of a page runs: import it from a module of its own, and nothing else. @module */
import { hostClient } from './browser/worker-host.ts';

hostClient(globalThis);
