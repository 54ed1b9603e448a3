import { planFigures, plans } from '@sotto/client';
import { expect, test } from 'vitest';
import { sotto } from './command-line.ts';

test('sotto plans shows every plan with its figures, for people and as JSON', async () => {
  const [text, json] = [sotto(['plans']), sotto(['plans', '--json'])];
  expect(await Promise.all([text.exit, json.exit])).toEqual([0, 0]);
  const objects = json
    .stdout()
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(objects).toEqual(
    plans().map(({ name, bytesAMonth }) => ({
      plan: name,
      bytesAMonth,
      people: 1000,
      rates: planFigures(name),
    })),
  );
  const lines = text.stdout().split('\n');
  for (const { name } of plans()) {
    for (const { hours, directP50Seconds, hiddenAmong } of planFigures(name)) {
      const begins = hours === 'always' ? `${name} ` : `${name}, ${hours}`;
      const line = lines.find((each) => each.startsWith(begins)) ?? '';
      expect(line).toContain(
        directP50Seconds < 100
          ? ` ${directP50Seconds} s, `
          : ` ${Math.round(directP50Seconds / 60)} min, `,
      );
      expect(line).toMatch(new RegExp(` ${hiddenAmong} +\\d`, 'u'));
    }
  }
  expect(text.stdout()).toContain('of 1000 people on the plan');
});
