/** Storage in PostgreSQL: the records of one node in a database that several nodes may use. @module */
export { openPostgresStore, type PostgresOptions, type PostgresStore } from './postgres-store.ts';
