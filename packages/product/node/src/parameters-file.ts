import { readFile } from 'node:fs/promises';
import { checkParameters, DEFAULT_PARAMETERS, type NetworkParameters } from '@sotto/directory';
import { z } from 'zod';
import { CommandFailure } from './exit-codes.ts';

type Numbers = Record<keyof NetworkParameters, number>;

const NAMES = Object.keys(DEFAULT_PARAMETERS);
const isComplete = (value: Readonly<Record<string, number>>): value is Numbers =>
  NAMES.every((name) => Object.hasOwn(value, name));

/** Reads a JSON file; the failure names the file. */
export async function readJson(path: string, what: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new CommandFailure(
      'usage',
      `${what} "${path}" cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (error) {
    throw new CommandFailure('usage', `${what} "${path}" is not JSON`, error);
  }
}

const fields = z.record(z.string(), z.number());
const networkFile = z.object({ parameters: fields, bootstrap: z.array(z.string()) });

/**
 * Reads the parameters of a network: a bare object of all fields of NetworkParameters, or a network
 * file as `sotto network` writes it, which names peers to begin with as well.
 */
export async function readParametersFile(
  path: string,
): Promise<{ readonly parameters: NetworkParameters; readonly bootstrap: readonly string[] }> {
  const refuse = (why: string, cause?: unknown): CommandFailure =>
    new CommandFailure('usage', `parameters file "${path}": ${why}`, cause);
  const value = await readJson(path, 'parameters file');
  const whole = networkFile.safeParse(value);
  const raw = whole.success ? whole.data.parameters : fields.safeParse(value).data;
  if (raw === undefined) throw refuse('expected an object of numbers, or a network file');
  return {
    parameters: parametersOf(raw, refuse),
    bootstrap: whole.success ? whole.data.bootstrap : [],
  };
}

/** Parameters of a file's numbers; `refuse` makes the failure that names the file. */
function parametersOf(
  raw: Readonly<Record<string, number>>,
  refuse: (why: string, cause?: unknown) => CommandFailure,
): NetworkParameters {
  if (!isComplete(raw)) {
    const missing = NAMES.filter((name) => !Object.hasOwn(raw, name));
    throw refuse(`"${missing.join('", "')}" missing`);
  }
  try {
    return checkParameters(raw);
  } catch (error) {
    if (!(error instanceof TypeError) && !(error instanceof RangeError)) throw error;
    throw refuse(error.message, error);
  }
}
