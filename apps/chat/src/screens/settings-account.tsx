import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { cleanName } from '../model/clean-text.ts';
import { failureWords } from '../model/failure-words.ts';
import type { Session } from '../model/session.ts';
import { Confirm } from '../ui/confirm.tsx';
import { Icon } from '../ui/icons.tsx';
import { offerFile } from '../ui/offer-file.ts';
import { Field, Trouble } from '../ui/parts.tsx';

/** Name, export and end of the account on this device. */
export function AccountSettings(props: { readonly session: Session }): JSX.Element {
  const { session } = props;
  return (
    <>
      {/* Anew when the name is known, or was changed in another tab. */}
      <OwnName key={session.profileName.value} session={session} />
      <Export session={session} />
      <Wipe session={session} />
    </>
  );
}

function OwnName(props: { readonly session: Session }): JSX.Element {
  const { session } = props;
  const [name, setName] = useState(session.profileName.value);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const save = async (): Promise<void> => {
    const next = cleanName(name);
    try {
      await session.client.setProfile({ name: next });
      session.profileName.value = next;
      setName(next);
      setTrouble(undefined);
    } catch (error) {
      setTrouble(failureWords(error));
    }
  };
  return (
    <form
      class="card pad"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Field
        id="own-name"
        label="Your name"
        hint="Only this device knows it."
        value={name}
        maxLength={60}
        onInput={setName}
      />
      {trouble !== undefined && <Trouble>{trouble}</Trouble>}
      <div class="row-end">
        <button
          type="submit"
          class="button quiet"
          disabled={cleanName(name) === session.profileName.value}
        >
          Save
        </button>
      </div>
    </form>
  );
}

function Export(props: { readonly session: Session }): JSX.Element {
  const { session } = props;
  const [passphrase, setPassphrase] = useState('');
  const [again, setAgain] = useState('');
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const make = async (): Promise<void> => {
    setTrouble(undefined);
    if (passphrase !== again) {
      setTrouble('The two are not the same.');
      return;
    }
    setBusy(true);
    try {
      // What comes next is another screen: the account has stopped here.
      offerFile(await session.export(passphrase));
    } catch (error) {
      setTrouble(failureWords(error));
      setBusy(false);
    }
  };
  return (
    <form
      class="card pad"
      onSubmit={(event) => {
        event.preventDefault();
        void make();
      }}
    >
      <h2>Move to another device</h2>
      <p class="hint">
        One file, encrypted under a passphrase, with your keys, contacts and conversations. This
        device stops when the file is made: take it in on the other device’s first screen, and wipe
        the account here. Two devices with the same keys lose conversations.
      </p>
      <Field
        id="export-passphrase"
        label="Passphrase for the file"
        hint="Four or five random words are good."
        type="password"
        autoComplete="new-password"
        value={passphrase}
        onInput={setPassphrase}
        disabled={busy}
      />
      <Field
        id="export-again"
        label="Once more"
        type="password"
        autoComplete="new-password"
        value={again}
        onInput={setAgain}
        disabled={busy}
      />
      {trouble !== undefined && <Trouble>{trouble}</Trouble>}
      <div class="row-end">
        <button
          type="submit"
          class="button quiet"
          disabled={busy || passphrase === '' || again === ''}
        >
          <Icon name="export" size={18} />
          {busy ? 'Encrypting…' : 'Stop here and export'}
        </button>
      </div>
    </form>
  );
}

function Wipe(props: { readonly session: Session }): JSX.Element {
  const { session } = props;
  const [asking, setAsking] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const wipe = async (): Promise<void> => {
    setAsking(false);
    try {
      await session.wipe();
    } catch (error) {
      setTrouble(failureWords(error));
    }
  };
  return (
    <section class="card pad" aria-labelledby="wipe-title">
      <h2 id="wipe-title">Wipe this account</h2>
      <p class="hint">
        Erases keys, contacts and conversations from this device. Nobody can bring them back, and
        nothing tells your contacts. There is nothing of it anywhere else to erase.
      </p>
      {trouble !== undefined && <Trouble>{trouble}</Trouble>}
      <div class="row-end">
        <button type="button" class="button danger" onClick={() => setAsking(true)}>
          <Icon name="trash" size={18} />
          Wipe the account
        </button>
      </div>
      {asking && (
        <Confirm
          title="Wipe this account?"
          verb="Wipe everything"
          onNo={() => setAsking(false)}
          onYes={() => void wipe()}
        >
          <p>
            Every conversation on this device is lost for good, and your contacts cannot reach you
            any more.
          </p>
        </Confirm>
      )}
    </section>
  );
}
