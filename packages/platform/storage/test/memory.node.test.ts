import { runMemoryCases } from './memory-cases.ts';

runMemoryCases();
