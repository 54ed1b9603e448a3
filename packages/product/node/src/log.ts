import { type Logger, pino } from 'pino';

/** Levels of the log, from nothing to everything. */
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
/** One of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];
/** Where a node writes what an operator wants to know. */
export type Log = Pick<Logger, 'error' | 'warn' | 'info' | 'debug'>;

/** Fields that no line may show, whoever logs an object that has them. */
const HIDDEN = [
  'seed',
  'secret',
  'boxSecret',
  'identitySecret',
  'secretKey',
  'passphrase',
  'storageKey',
  'preface',
  'packet',
  'frame',
];

/** A log of JSON lines on stderr. Never of packets, boxes or who talks to whom. */
export const openLog = (level: LogLevel): Log =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: HIDDEN.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    },
    pino.destination({ dest: 2, sync: true }),
  );
