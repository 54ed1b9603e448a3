/** Rules that every implementation of storage must hold, as named cases for its test to loop over. @module */
export { type LogCase, logCases, type OpenAppendLogs } from './compliance/log-cases.ts';
export { type OpenSecretFiles, type SecretCase, secretCases } from './compliance/secret-cases.ts';
export { type OpenStore, type StoreCase, storeCases } from './compliance/store-cases.ts';
