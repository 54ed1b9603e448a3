import type { JSX } from 'preact';
import { back, replace, type SettingsPart } from '../model/place.ts';
import type { Session } from '../model/session.ts';
import { ScreenHead } from '../ui/parts.tsx';
import { About } from './settings-about.tsx';
import { AccountSettings } from './settings-account.tsx';
import { AppearanceSettings } from './settings-appearance.tsx';
import { PlanSettings } from './settings-plan.tsx';

const TITLES: Readonly<Record<SettingsPart, string>> = {
  plan: 'Plan',
  account: 'Account',
  appearance: 'Look',
  about: 'About',
};
const PARTS: readonly SettingsPart[] = ['plan', 'account', 'appearance', 'about'];

/** The settings, one part at a time. */
export function Settings(props: {
  readonly session: Session;
  readonly part: SettingsPart;
}): JSX.Element {
  const { session, part } = props;
  return (
    <div class="screen">
      <ScreenHead title="Settings" onBack={back} />
      <nav class="choice" aria-label="Parts of the settings">
        {PARTS.map((each) => (
          <button
            key={each}
            type="button"
            aria-current={each === part ? 'page' : undefined}
            onClick={() => replace({ kind: 'settings', part: each })}
          >
            {TITLES[each]}
          </button>
        ))}
      </nav>
      {content(session, part)}
    </div>
  );
}

function content(session: Session, part: SettingsPart): JSX.Element {
  switch (part) {
    case 'plan':
      return <PlanSettings session={session} />;
    case 'account':
      return <AccountSettings session={session} />;
    case 'appearance':
      return <AppearanceSettings />;
    case 'about':
      return <About />;
    default:
      return part satisfies never;
  }
}
