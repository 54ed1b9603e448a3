import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { failureWords } from '../model/failure-words.ts';
import { Gate, LockTick } from '../ui/gate.tsx';
import { Field, Trouble } from '../ui/parts.tsx';

/** An exported account is some kilobytes to some megabytes; no file beyond this is read. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

/** Takes in a file that the account screen of another device exported. */
export function Restore(props: {
  readonly restore: (file: Uint8Array, passphrase: string, lock: boolean) => Promise<void>;
  readonly onBack: () => void;
}): JSX.Element {
  const [file, setFile] = useState<File | undefined>(undefined);
  const [passphrase, setPassphrase] = useState('');
  const [lock, setLock] = useState(true);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);

  const start = async (): Promise<void> => {
    if (file === undefined) return;
    if (file.size > MAX_FILE_BYTES) {
      setTrouble('This file is too large to be an account.');
      return;
    }
    setBusy(true);
    setTrouble(undefined);
    try {
      await props.restore(new Uint8Array(await file.arrayBuffer()), passphrase, lock);
    } catch (error) {
      setTrouble(failureWords(error));
      setBusy(false);
    }
  };

  return (
    <Gate title="Your account, moved here" onSubmit={start}>
      <p class="lead">
        It stopped on the other device when it was exported. Take a file in once: of two devices
        that go on with it, one loses its conversations. So does one that takes in an old file.
      </p>
      <div class="field">
        <label for="file">Exported file</label>
        <input
          id="file"
          type="file"
          disabled={busy}
          onChange={(event) => setFile(event.currentTarget.files?.[0])}
        />
      </div>
      <Field
        id="restore-passphrase"
        label="Its passphrase"
        hint="The one that you gave when you exported it."
        type="password"
        value={passphrase}
        onInput={setPassphrase}
        disabled={busy}
      />
      <LockTick
        label="Lock this device with it, too"
        checked={lock}
        disabled={busy}
        onChange={setLock}
      />
      {trouble !== undefined && <Trouble>{trouble}</Trouble>}
      <button
        type="submit"
        class="button wide"
        disabled={busy || file === undefined || passphrase === ''}
      >
        {busy ? 'Opening the file…' : 'Move it here'}
      </button>
      <button type="button" class="link" disabled={busy} onClick={props.onBack}>
        Begin with a new account
      </button>
    </Gate>
  );
}
