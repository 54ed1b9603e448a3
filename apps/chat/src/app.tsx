import { type Client, SottoError } from '@sotto/client';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { AccountDoor } from './account-door.ts';
import { failureWords } from './model/failure-words.ts';
import { resetPlace } from './model/place.ts';
import { Session } from './model/session.ts';
import { Home } from './screens/home.tsx';
import { Moved } from './screens/moved.tsx';
import { Onboarding } from './screens/onboarding.tsx';
import { Stopped } from './screens/stopped.tsx';
import { Unlock } from './screens/unlock.tsx';
import { Mark } from './ui/icons.tsx';

type Phase =
  | { readonly kind: 'looking' }
  | { readonly kind: 'new' }
  | { readonly kind: 'locked'; readonly resume: boolean }
  | { readonly kind: 'moved'; readonly file?: Uint8Array }
  | { readonly kind: 'open'; readonly session: Session }
  | { readonly kind: 'trouble'; readonly error: unknown };

/** The whole page: finds the account of this device, or makes one, and shows it. */
export function App(props: { readonly door: AccountDoor }): JSX.Element {
  const { door } = props;
  const [phase, setPhase] = useState<Phase>({ kind: 'looking' });

  const enter = (client: Client): void => {
    setPhase({ kind: 'open', session: new Session(client, door.mailLifeMillis()) });
  };
  const look = async (resume = false): Promise<void> => {
    setPhase({ kind: 'looking' });
    try {
      const state = await door.look();
      if (state === 'open') enter(await door.open(undefined, resume));
      else setPhase(state === 'none' ? { kind: 'new' } : { kind: 'locked', resume });
    } catch (error) {
      setPhase(hasMoved(error) ? { kind: 'moved' } : { kind: 'trouble', error });
    }
  };
  const unlock = async (passphrase: string, resume: boolean): Promise<void> => {
    try {
      enter(await door.open(passphrase, resume));
    } catch (error) {
      if (!hasMoved(error)) throw error;
      setPhase({ kind: 'moved' });
    }
  };
  const wipe = async (): Promise<void> => {
    await door.wipe();
    resetPlace();
    await look();
  };
  useEffect(() => {
    void look();
  }, [door]);

  switch (phase.kind) {
    case 'looking':
      return <Opening />;
    case 'new':
      return (
        <Onboarding
          create={async (name, passphrase) => enter(await door.create(name, passphrase))}
          restore={async (file, passphrase, lock) =>
            enter(await door.restore(file, passphrase, lock))
          }
        />
      );
    case 'locked':
      return <Unlock open={(passphrase) => unlock(passphrase, phase.resume)} wipe={wipe} />;
    case 'moved':
      return <Moved file={phase.file} wipe={wipe} resume={() => look(true)} />;
    case 'open':
      return (
        <Home
          session={phase.session}
          onEnd={(how) => {
            const file = phase.session.exported;
            phase.session.leave();
            resetPlace();
            if (how === 'wiped') void look();
            else setPhase({ kind: 'moved', ...(file === undefined ? {} : { file }) });
          }}
        />
      );
    case 'trouble':
      return (
        <Stopped
          title="Sotto cannot start here"
          words={failureWords(phase.error)}
          verb="Try again"
          onVerb={() => void look()}
        />
      );
    default:
      return phase satisfies never;
  }
}

const hasMoved = (error: unknown): boolean =>
  error instanceof SottoError && error.code === 'account-moved';

function Opening(): JSX.Element {
  return (
    <main class="opening" aria-busy="true">
      <Mark size={56} />
      <h1 class="unseen">Sotto</h1>
      <p role="status">Opening your account…</p>
    </main>
  );
}
