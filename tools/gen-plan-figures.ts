/**
 * Makes the figures of the plans, by trials of the real endpoint in virtual time: the data that the page
 * and `sotto plans` show, and the table of docs/plans.md. Takes a minute.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PlanFigures } from '@sotto/client';
import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { monthBytes, type Plan, PLANS } from '@sotto/link';
import { PLAN_ASSUMPTIONS, planFigures } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import type { CryptoSuite } from '@sotto/suite';

/** Where the data stand, and the table. */
export const FIGURES_FILE: string = fileURLToPath(
  new URL('../packages/product/client/src/plan-figures.gen.ts', import.meta.url),
);
export const DOCS_FILE: string = fileURLToPath(new URL('../docs/plans.md', import.meta.url));

/** Digits that mean something. */
const round = (value: number): number => Number(value.toFixed(value < 10 ? 1 : 0));

/** The figures of one plan, as they are shown. */
export function figuresOf(suite: CryptoSuite, plan: Plan): PlanFigures[] {
  return [...planFigures(suite, DEFAULT_PARAMETERS, plan)].map((row) => {
    // One that waits as an epoch ends, for hours between two slots, can lose its reply block.
    if (row.lost > row.messages / 100) {
      throw new Error(`${row.lost} messages were lost under ${plan.name}`);
    }
    const figures = {
      hours: row.hours,
      directP50Seconds: round(row.directP50),
      directP95Seconds: round(row.directP95),
      hiddenAmong: round(row.hiddenAmong),
      hiddenAmongAtWorst: round(row.hiddenAmongAtWorst),
      hiddenAmongLinked: round(row.hiddenAmongLinked),
      messagesToName: round(row.messagesToName),
    };
    // Such mail is fetched as the public hours begin, before it could be in these slots.
    if (row.hours === 'between') return figures;
    const [mailboxP50Seconds, mailboxP95Seconds] = [row.mailboxP50, row.mailboxP95].map(round);
    return Object.assign(figures, { mailboxP50Seconds, mailboxP95Seconds });
  });
}

/** The text of the generated file. */
function figuresFile(all: Readonly<Record<string, readonly PlanFigures[]>>): string {
  return (
    `// Made by tools/gen-plan-figures.ts. Do not edit.\n` +
    `import type { PlanFigures } from './plan-figures.ts';\n\n` +
    `/** People whom each plan is assumed to have. */\n` +
    `export const PEOPLE_ON_PLAN: number = ${PLAN_ASSUMPTIONS.people};\n\n` +
    `/** By plan, the public hours first. */\n` +
    `// oxfmt-ignore\n` +
    `export const PLAN_FIGURES: Readonly<Record<string, readonly PlanFigures[]>> = ${JSON.stringify(
      all,
      undefined,
      2,
    )
      .replaceAll(/"(\w+)":/gu, '$1:')
      .replaceAll('"', "'")};\n`
  );
}

const HEAD = [
  'plan',
  'MB',
  'to the guard: half within',
  '19 of 20 within',
  'by mailbox: half within',
  '19 of 20 within',
  'one message hides among',
  'at worst, 1 of 20',
  'eight linked ones',
  'messages to a name',
];

function time(seconds: number | undefined): string {
  if (seconds === undefined) return 'the next hours';
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`;
  return `${Number((seconds / 3600).toFixed(1))} h`;
}

const count = (value: number): string => value.toLocaleString('en-US');

/** The table of docs/plans.md, cell by cell. */
export function plansTable(all: Readonly<Record<string, readonly PlanFigures[]>>): string[][] {
  const rows = PLANS.flatMap((plan) =>
    (all[plan.name] ?? []).map((row, i) => [
      row.hours === 'always' ? plan.name : `${plan.name}, ${row.hours}`,
      i === 0 ? count(Math.round(monthBytes(plan) / 1e6)) : '',
      time(row.directP50Seconds),
      time(row.directP95Seconds),
      time(row.mailboxP50Seconds),
      time(row.mailboxP95Seconds),
      count(row.hiddenAmong),
      count(row.hiddenAmongAtWorst),
      count(row.hiddenAmongLinked),
      count(row.messagesToName),
    ]),
  );
  return [HEAD, HEAD.map(() => '---'), ...rows];
}

/** What stands between the two marks in docs/plans.md. */
const MARKED = /(<!-- figures -->\n)[\s\S]*?(\n<!-- end of figures -->)/u;

if (import.meta.main) {
  const suite = await open();
  const all = Object.fromEntries(PLANS.map((plan) => [plan.name, figuresOf(suite, plan)]));
  writeFileSync(FIGURES_FILE, figuresFile(all));
  const table = plansTable(all).map((cells) => `| ${cells.join(' | ')} |`);
  const docs = readFileSync(DOCS_FILE, 'utf8');
  writeFileSync(DOCS_FILE, docs.replace(MARKED, `$1\n${table.join('\n')}\n$2`));
}
