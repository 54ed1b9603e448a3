import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { cleanName } from '../model/clean-text.ts';
import { failureWords } from '../model/failure-words.ts';
import { Gate, LockTick } from '../ui/gate.tsx';
import { Icon } from '../ui/icons.tsx';
import { Field, Trouble } from '../ui/parts.tsx';
import { Restore } from './restore.tsx';

/** Longest own name that can be typed. */
const MAX_NAME = 60;

/** The first screen: a name that stays here, and a button. A passphrase for those who want one. */
export function Onboarding(props: {
  readonly create: (name: string, passphrase: string | undefined) => Promise<void>;
  readonly restore: (file: Uint8Array, passphrase: string, lock: boolean) => Promise<void>;
}): JSX.Element {
  const [name, setName] = useState('');
  const [locked, setLocked] = useState(false);
  const [passphrase, setPassphrase] = useState('');
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const [restoring, setRestoring] = useState(false);

  const start = async (): Promise<void> => {
    if (locked && passphrase === '') {
      setTrouble('Type a passphrase, or take the tick away.');
      return;
    }
    setBusy(true);
    setTrouble(undefined);
    try {
      await props.create(cleanName(name), locked ? passphrase : undefined);
    } catch (error) {
      setTrouble(failureWords(error));
      setBusy(false);
    }
  };

  if (restoring) return <Restore restore={props.restore} onBack={() => setRestoring(false)} />;
  return (
    <Gate title="Sotto" onSubmit={start}>
      <p class="lead">
        Messages that nobody sees you write. No phone number, no e-mail, no account at a server.
      </p>
      <Field
        id="name"
        label="Your name"
        hint="Only this device knows it."
        value={name}
        onInput={setName}
        maxLength={MAX_NAME}
        autoFocus
        disabled={busy}
      />
      <LockTick
        label="Lock with a passphrase"
        checked={locked}
        disabled={busy}
        onChange={setLocked}
      />
      {locked && (
        <Field
          id="passphrase"
          label="Passphrase"
          hint="Four or five random words are good. Nobody can recover it."
          type="password"
          autoComplete="new-password"
          value={passphrase}
          onInput={setPassphrase}
          disabled={busy}
        />
      )}
      {trouble !== undefined && <Trouble>{trouble}</Trouble>}
      <button type="submit" class="button wide" disabled={busy}>
        {busy ? 'Making your keys…' : 'Start'}
      </button>
      <button type="button" class="link" disabled={busy} onClick={() => setRestoring(true)}>
        <Icon name="import" size={18} />
        Use an account that you exported
      </button>
    </Gate>
  );
}
