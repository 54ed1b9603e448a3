import { PEOPLE_ON_PLAN, planFigures, type PlanFigures, plans } from '@sotto/client';

/** Runs `sotto plans`. */
export function plansCommand({ json }: { readonly json?: boolean }): void {
  const lines = json === true ? jsonLines() : plansText();
  process.stdout.write(`${lines.join('\n')}\n`);
}

function jsonLines(): string[] {
  return plans().map(({ name, bytesAMonth }) =>
    JSON.stringify({
      plan: name,
      bytesAMonth,
      people: PEOPLE_ON_PLAN,
      rates: planFigures(name),
    }),
  );
}

const HEAD = ['plan', 'MB a month', 'a message takes', 'by mailbox', 'hides among', 'eight linked'];

/** The table, and what its columns mean. */
function plansText(): string[] {
  const rows = plans().flatMap(({ name, bytesAMonth }) =>
    planFigures(name).map((figures, i) => {
      const title = figures.hours === 'always' ? name : `${name}, ${figures.hours}`;
      const megabytes = i === 0 ? String(Math.round(bytesAMonth / 1e6)) : '';
      return [title, megabytes].concat(cells(figures));
    }),
  );
  const all = [HEAD, ...rows];
  const widths = HEAD.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  const table = all.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '));
  return [
    ...table.map((line) => line.trimEnd()),
    '',
    'Times: half of the messages take no longer than the first, nineteen in twenty no longer than the second;',
    'by mailbox, to somebody who is there but whose mailbox was quiet.',
    `Hides among: of ${PEOPLE_ON_PLAN} people on the plan, so many remain for who sees every packet on every line`,
    'and knows when your message arrived; eight linked: after eight that a mailbox knows to be of one person.',
  ];
}

function cells(figures: PlanFigures): string[] {
  const { directP50Seconds, directP95Seconds, mailboxP50Seconds, mailboxP95Seconds } = figures;
  return [
    `${time(directP50Seconds)}, ${time(directP95Seconds)}`,
    mailboxP50Seconds === undefined || mailboxP95Seconds === undefined
      ? 'in the next hours'
      : `${time(mailboxP50Seconds)}, ${time(mailboxP95Seconds)}`,
    String(figures.hiddenAmong),
    String(figures.hiddenAmongLinked),
  ];
}

function time(seconds: number): string {
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`;
  return `${Number((seconds / 3600).toFixed(1))} h`;
}
