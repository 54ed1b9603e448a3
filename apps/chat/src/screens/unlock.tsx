import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { failureWords } from '../model/failure-words.ts';
import { Confirm } from '../ui/confirm.tsx';
import { Gate } from '../ui/gate.tsx';
import { Field, Trouble } from '../ui/parts.tsx';

/** Asks for the passphrase of this device's account, or makes room for another one. */
export function Unlock(props: {
  readonly open: (passphrase: string) => Promise<void>;
  readonly wipe: () => Promise<void>;
}): JSX.Element {
  const [passphrase, setPassphrase] = useState('');
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const [asking, setAsking] = useState(false);

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setAsking(false);
    setBusy(true);
    setTrouble(undefined);
    try {
      await work();
    } catch (error) {
      setTrouble(failureWords(error));
      setPassphrase('');
      setBusy(false);
    }
  };

  return (
    <Gate title="Welcome back" onSubmit={() => attempt(() => props.open(passphrase))}>
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
      <button type="button" class="link" disabled={busy} onClick={() => setAsking(true)}>
        I have lost it
      </button>
      {asking && (
        <Confirm
          title="Wipe this account?"
          verb="Wipe everything"
          onNo={() => setAsking(false)}
          onYes={() => void attempt(props.wipe)}
        >
          <p>
            Nobody can open it without the passphrase. You can begin anew here; its conversations
            are lost for good.
          </p>
        </Confirm>
      )}
    </Gate>
  );
}
