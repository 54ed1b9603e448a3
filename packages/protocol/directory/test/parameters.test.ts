import {
  checkParameters,
  DEFAULT_PARAMETERS,
  encodeParameters,
  networkId,
  type NetworkParameters,
} from '@sotto/directory';
import { equalBytes, toHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import { suite } from './sample-network.ts';

const names = Object.keys(DEFAULT_PARAMETERS) as (keyof NetworkParameters)[];

test('the default parameters are sound and frozen', () => {
  expect(checkParameters(DEFAULT_PARAMETERS)).toEqual(DEFAULT_PARAMETERS);
  expect(Object.isFrozen(checkParameters({ ...DEFAULT_PARAMETERS }))).toBe(true);
});

test.each(names)('a wrong %s is refused by its name', (name) => {
  for (const wrong of [-1, 0.5, Number.NaN, Infinity, 2 ** 53]) {
    expect(() => checkParameters({ ...DEFAULT_PARAMETERS, [name]: wrong })).toThrow(`"${name}"`);
  }
  expect(() => checkParameters({ ...DEFAULT_PARAMETERS, [name]: '1' as never })).toThrow(TypeError);
  const { [name]: _dropped, ...rest } = DEFAULT_PARAMETERS;
  expect(() => checkParameters(rest as never)).toThrow(`"${name}" expected a number`);
});

test('an unknown field is refused', () => {
  expect(() => checkParameters({ ...DEFAULT_PARAMETERS, extra: 1 } as never)).toThrow('"extra"');
});

test.each([
  ['graceMicros', { graceMicros: 25 * DEFAULT_PARAMETERS.slowMeanMicros - 1 }],
  ['graceMicros', { graceMicros: DEFAULT_PARAMETERS.epochMicros }],
  ['slowMeanMicros', { slowMeanMicros: DEFAULT_PARAMETERS.fastMeanMicros - 1 }],
  ['maxDescriptorBytes', { maxDescriptorBytes: 145 + 9 * 32 - 1 }],
  ['descriptorLifeMicros', { descriptorLifeMicros: 9 * DEFAULT_PARAMETERS.epochMicros + 1 }],
  ['reissueMicros', { reissueMicros: DEFAULT_PARAMETERS.descriptorLifeMicros / 2 + 1 }],
] as const)('%s is held against the fields that it depends on', (name, changes) => {
  expect(() => checkParameters({ ...DEFAULT_PARAMETERS, ...changes })).toThrow(`"${name}"`);
});

test('every field changes the encoding and the name of the network', () => {
  const seen = new Set([toHex(networkId(suite, DEFAULT_PARAMETERS))]);
  for (const name of names) {
    const down = ['horizonEpochs', 'maxDescriptorBytes', 'maxNodes'].includes(name) ? -1 : 1;
    const changed = { ...DEFAULT_PARAMETERS, [name]: DEFAULT_PARAMETERS[name] + down };
    expect(equalBytes(encodeParameters(changed), encodeParameters(DEFAULT_PARAMETERS))).toBe(false);
    seen.add(toHex(networkId(suite, changed)));
  }
  expect(seen.size).toBe(names.length + 1);
});

test('the encoding is a version byte and eight bytes a field', () => {
  const bytes = encodeParameters(DEFAULT_PARAMETERS);
  expect(bytes.length).toBe(1 + 8 * names.length);
  expect(bytes[0]).toBe(1);
  expect(new DataView(bytes.buffer).getBigUint64(1)).toBe(BigInt(DEFAULT_PARAMETERS.originMicros));
});
