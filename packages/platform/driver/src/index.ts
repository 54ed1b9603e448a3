/** Runs a sans-IO core on a real clock, randomness and storage, in Node and in browsers. @module */
export { type Clock, type ClockSources, SystemClock } from './clock.ts';
export { Driver, type DriverOptions } from './driver.ts';
export { GroupCommit, type GroupCommitOptions, toLog, toStore } from './group-commit.ts';
export { systemRng } from './system-rng.ts';
export { systemTimers, type Timers } from './timers.ts';
