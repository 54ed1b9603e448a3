import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { failureWords } from '../model/failure-words.ts';
import { Gate } from '../ui/gate.tsx';
import { Field, Trouble } from '../ui/parts.tsx';

/** Asks for the passphrase of this device's account. */
export function Unlock(props: {
  readonly open: (passphrase: string) => Promise<void>;
}): JSX.Element {
  const [passphrase, setPassphrase] = useState('');
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);

  const open = async (): Promise<void> => {
    setBusy(true);
    setTrouble(undefined);
    try {
      await props.open(passphrase);
    } catch (error) {
      setTrouble(failureWords(error));
      setPassphrase('');
      setBusy(false);
    }
  };

  return (
    <Gate title="Welcome back" onSubmit={open}>
      <Field
        id="passphrase"
        label="Passphrase"
        hint="It never leaves this device."
        type="password"
        autoComplete="current-password"
        value={passphrase}
        onInput={setPassphrase}
        autoFocus
        disabled={busy}
      />
      {trouble !== undefined && <Trouble>{trouble}</Trouble>}
      <button type="submit" class="button wide" disabled={busy || passphrase === ''}>
        {busy ? 'Opening…' : 'Open'}
      </button>
    </Gate>
  );
}
