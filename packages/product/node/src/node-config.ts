import { join } from 'node:path';
import { homedir } from 'node:os';
import { type Capabilities, DEFAULT_PARAMETERS, type NetworkParameters } from '@sotto/directory';
import { type AggregationLimits, DEFAULT_AGGREGATION_LIMITS } from '@sotto/mailbox';
import type { PeerTarget } from '@sotto/transport';
import { Redacted, type Result } from '@sotto/wire';
import { z } from 'zod';
import { CommandFailure } from './exit-codes.ts';
import { parseAnnounce, parseListen } from './listen-address.ts';
import { localParameters } from './local-parameters.ts';
import { LOG_LEVELS, type LogLevel } from './log.ts';
import { readJson, readParametersFile } from './parameters-file.ts';
import { parsePeerAddress } from '@sotto/transport';

/** Capabilities as `--capabilities` names them. */
export const CAPABILITIES = ['mix', 'guard', 'mailbox', 'contact'] as const;

const MEGABYTE = 2 ** 20;

/** Settings of `sotto node` as they are read, before files and addresses are looked at. */
export interface NodeSettings {
  readonly data: string;
  readonly network: 'local' | 'public';
  readonly parameters?: string | undefined;
  readonly listen: readonly string[];
  readonly announce: readonly string[];
  readonly bootstrap: readonly PeerTarget[];
  readonly capabilities: Capabilities;
  readonly statusPort: number | undefined;
  /** Between farewell and drain, ms. */
  readonly noticeMillis: number;
  readonly mailboxLimits: AggregationLimits;
  /** Address of the database for its records, with the password. */
  readonly database?: Redacted<string> | undefined;
  readonly logLevel: LogLevel;
}

/** A field by name, and how each source calls it. */
const SOURCES = {
  data: { flag: '--data', variable: 'SOTTO_DATA' },
  network: { flag: '--network', variable: 'SOTTO_NETWORK' },
  parameters: { flag: '--parameters', variable: 'SOTTO_PARAMETERS' },
  listenTcp: { flag: '--listen-tcp', variable: 'SOTTO_LISTEN_TCP' },
  listenWs: { flag: '--listen-ws', variable: 'SOTTO_LISTEN_WS' },
  announce: { flag: '--announce', variable: 'SOTTO_ANNOUNCE' },
  bootstrap: { flag: '--bootstrap', variable: 'SOTTO_BOOTSTRAP' },
  capabilities: { flag: '--capabilities', variable: 'SOTTO_CAPABILITIES' },
  statusPort: { flag: '--status-port', variable: 'SOTTO_STATUS_PORT' },
  notice: { flag: '--notice', variable: 'SOTTO_NOTICE' },
  mailAliases: { flag: '--mail-aliases', variable: 'SOTTO_MAIL_ALIASES' },
  mailMegabytes: { flag: '--mail-megabytes', variable: 'SOTTO_MAIL_MEGABYTES' },
  mailReplyBlocks: { flag: '--mail-reply-blocks', variable: 'SOTTO_MAIL_REPLY_BLOCKS' },
  logLevel: { flag: '--log-level', variable: 'SOTTO_LOG_LEVEL' },
  // There is no such flag: everybody on a machine sees the command lines of all.
  database: { flag: '--database', variable: 'SOTTO_DATABASE' },
} as const;

type Field = keyof typeof SOURCES;
const isField = (name: string): name is Field => Object.hasOwn(SOURCES, name);
const FIELDS = Object.keys(SOURCES).filter(isField);

/** A text that `parse` reads, or an issue that says what was expected. */
function parsed<T>(parse: (text: string) => Result<T, { readonly expected: string }>) {
  return z.string().transform((text, context): T => {
    const result = parse(text);
    if (result.ok) return result.value;
    context.addIssue({ code: 'custom', message: `expected ${result.error.expected}` });
    return z.NEVER;
  });
}

const oneOf = <T extends string>(names: readonly T[]) =>
  z.enum(names, { error: `expected ${names.map((name) => `"${name}"`).join(' or ')}` });

/** Flags and files may give a list; an environment variable gives one text with commas. */
const listOf = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? value.split(',').filter((part) => part !== '') : value),
    z.array(item, { error: 'expected a list' }),
  );

/** A number of a flag, a file or the environment, in a range; `whole` when no part of one is taken. */
function numberFrom(least: number, most: number, what: string, whole = true) {
  const expected = { error: `expected ${what} from ${least} to ${most}` };
  // An empty text would be read as 0.
  const text = z.string().regex(/^[0-9.]+$/u, expected);
  const number = z.union([z.number(), text], expected).pipe(z.coerce.number(expected));
  return (whole ? number.pipe(z.int(expected)) : number).pipe(
    z.number().min(least, expected).max(most, expected),
  );
}

const portExpected = { error: 'expected a port from 0 to 65535, or "none"' };

const databaseExpected = 'expected postgres://user:password@host:port/database';

const schema = z.object({
  data: z.string({ error: 'expected a folder' }).min(1, 'expected a folder'),
  network: oneOf(['local', 'public']),
  parameters: z.string({ error: 'expected a file' }).min(1, 'expected a file').optional(),
  listenTcp: parsed((text) => parseListen(text, 'tcp')),
  listenWs: parsed((text) => parseListen(text, 'ws')),
  announce: listOf(parsed(parseAnnounce)),
  bootstrap: listOf(parsed(parsePeerAddress)),
  capabilities: listOf(oneOf(CAPABILITIES)),
  statusPort: z.union(
    [
      z.literal('none').transform(() => undefined),
      z.coerce
        .number(portExpected)
        .int(portExpected)
        .min(0, portExpected)
        .max(65_535, portExpected),
    ],
    portExpected,
  ),
  notice: numberFrom(0, 3600, 'seconds', false),
  mailAliases: numberFrom(1, 10_000_000, 'a number of aliases'),
  mailMegabytes: numberFrom(1, 1_000_000, 'megabytes', false),
  mailReplyBlocks: numberFrom(1, 10_000_000, 'a number of reply blocks'),
  logLevel: oneOf(LOG_LEVELS),
  database: z
    .string({ error: databaseExpected })
    .regex(/^postgres(?:ql)?:\/\/./u, databaseExpected)
    .transform((url) => new Redacted(url))
    .optional(),
});

/** Where `sotto node` keeps its data unless told otherwise. */
export const defaultDataFolder = (): string => join(homedir(), '.sotto', 'node');

const defaults = (network: unknown): Readonly<Record<Field, unknown>> => ({
  data: defaultDataFolder(),
  network: 'public',
  parameters: undefined,
  listenTcp: network === 'local' ? '127.0.0.1:0' : '0.0.0.0:9001',
  listenWs: network === 'local' ? '127.0.0.1:0' : '0.0.0.0:9002',
  announce: [],
  bootstrap: [],
  capabilities: CAPABILITIES,
  statusPort: '0',
  notice: network === 'local' ? 0 : 10,
  mailAliases: DEFAULT_AGGREGATION_LIMITS.maxAliases,
  mailMegabytes: DEFAULT_AGGREGATION_LIMITS.maxMailBytes / MEGABYTE,
  mailReplyBlocks: DEFAULT_AGGREGATION_LIMITS.maxWaitingSurbs,
  logLevel: 'info',
  database: undefined,
});

/**
 * Settings from flags, then environment, then a JSON file, then defaults; checked as a whole.
 *
 * @param flags - by field; undefined where a flag was not given.
 * @param environment - of the process; `SOTTO_…`.
 * @param configFile - path of the file, when there is one.
 * @throws CommandFailure `usage`; its message names the field and where its value came from.
 */
export async function readNodeSettings(
  flags: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>>,
  configFile?: string,
): Promise<NodeSettings> {
  const fromFile = configFile === undefined ? {} : await readConfigFile(configFile);
  const values = new Map<string, unknown>();
  const origins = new Map<string, string>();
  const take = (field: Field, value: unknown, origin: string): void => {
    if (value === undefined || values.has(field)) return;
    values.set(field, value);
    origins.set(field, origin);
  };
  for (const field of FIELDS) {
    const { flag, variable } = SOURCES[field];
    take(field, flags[field], flag);
    take(field, environment[variable], `environment variable ${variable}`);
    take(field, fromFile[field], `"${field}" in ${configFile ?? ''}`);
  }
  for (const [field, value] of Object.entries(defaults(values.get('network')))) {
    if (isField(field)) take(field, value, 'the default');
  }
  const checked = schema.safeParse(Object.fromEntries(values));
  if (!checked.success) {
    const lines = checked.error.issues.map(({ path, message }) => {
      const [field = '', index] = path.map(String);
      const value = index === undefined ? values.get(field) : itemOf(values.get(field), index);
      const got = field === 'database' ? 'something else' : JSON.stringify(value);
      return `${origins.get(field) ?? field}: ${message}, got ${got}`;
    });
    throw new CommandFailure('usage', lines.join('\n'), checked.error);
  }
  const { listenTcp, listenWs, capabilities, notice, ...others } = checked.data;
  const { mailAliases, mailMegabytes, mailReplyBlocks, ...rest } = others;
  const listen = [listenTcp, listenWs].filter((address) => address !== undefined);
  if (listen.length === 0) {
    throw new CommandFailure(
      'usage',
      '--listen-tcp and --listen-ws: one of them must not be "none"',
    );
  }
  const has = (name: (typeof CAPABILITIES)[number]): boolean => capabilities.includes(name);
  return {
    ...rest,
    listen,
    noticeMillis: notice * 1000,
    mailboxLimits: {
      maxAliases: mailAliases,
      maxMailBytes: Math.floor(mailMegabytes * MEGABYTE),
      maxWaitingSurbs: mailReplyBlocks,
    },
    capabilities: {
      mix: has('mix'),
      guard: has('guard'),
      mailbox: has('mailbox'),
      contact: has('contact'),
    },
  };
}

const itemOf = (list: unknown, index: string): unknown => {
  const items: unknown = typeof list === 'string' ? list.split(',') : list;
  return Array.isArray(items) ? items[Number(index)] : list;
};

async function readConfigFile(path: string): Promise<Readonly<Record<string, unknown>>> {
  const value = await readJson(path, 'configuration file');
  const object = z.record(z.string(), z.unknown()).safeParse(value);
  if (!object.success) {
    throw new CommandFailure('usage', `configuration file "${path}" is not an object`);
  }
  for (const name of Object.keys(object.data)) {
    if (!isField(name)) {
      throw new CommandFailure(
        'usage',
        `"${name}" in ${path}: no such field; there are ${FIELDS.join(', ')}`,
      );
    }
  }
  return object.data;
}

/** The network that settings stand for: its parameters, and peers to begin with. */
export async function networkOf(settings: NodeSettings): Promise<{
  readonly parameters: NetworkParameters;
  readonly bootstrap: readonly PeerTarget[];
}> {
  if (settings.parameters === undefined) {
    const parameters = settings.network === 'local' ? localParameters() : DEFAULT_PARAMETERS;
    return { parameters, bootstrap: settings.bootstrap };
  }
  const file = await readParametersFile(settings.parameters);
  if (settings.bootstrap.length > 0) return { ...file, bootstrap: settings.bootstrap };
  const bootstrap: PeerTarget[] = [];
  for (const [i, text] of file.bootstrap.entries()) {
    const peer = parsePeerAddress(text);
    if (!peer.ok) {
      const where = `"bootstrap[${i}]" in ${settings.parameters}`;
      throw new CommandFailure('usage', `${where}: expected ${peer.error.expected}, got "${text}"`);
    }
    bootstrap.push(peer.value);
  }
  return { parameters: file.parameters, bootstrap };
}
