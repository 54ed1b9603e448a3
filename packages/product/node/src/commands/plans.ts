import type { Command } from 'commander';

const HELP = `
A plan is how much your client sends, whether you write or not; "sotto chat --plan NAME" chooses one.
Keep to it: people on the same plan hide one another. How the figures are found: docs/plans.md.

Examples:
  $ sotto plans            what each costs, how long messages take, among how many you hide
  $ sotto plans --json     the same, one JSON object a plan
`;

/** Adds `sotto plans`. */
export function registerPlans(program: Command): void {
  program
    .command('plans')
    .summary('show the plans: cost, latency, anonymity')
    .description('Shows what each plan costs and what it gives.')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', HELP)
    .action(async (flags: { readonly json?: boolean }) => {
      const { plansCommand } = await import('../plans-command.ts');
      plansCommand(flags);
    });
}
