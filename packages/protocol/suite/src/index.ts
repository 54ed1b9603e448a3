/** The interface of the cryptographic backends and the labels that keep their uses apart. @module */
export { type Label, LABELS } from './labels.ts';
export { expectLength, expectLengthBetween } from './lengths.ts';
export * from './suite.ts';
