#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Twelve nodes of a local network load the same code: compiled once. Only what is imported after this
// line is kept, so all of it is.
enableCompileCache();
await import('./command-line.ts');
