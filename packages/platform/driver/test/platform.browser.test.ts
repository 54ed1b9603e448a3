import { runPlatformCases } from './platform-cases.ts';

runPlatformCases();
