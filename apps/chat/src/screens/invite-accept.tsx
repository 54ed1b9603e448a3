import { SottoError } from '@sotto/client';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { cleanName } from '../model/clean-text.ts';
import { failureWords } from '../model/failure-words.ts';
import { inviteIn } from '../model/invite-link.ts';
import { arrivedInvite, place, replace } from '../model/place.ts';
import type { Session } from '../model/session.ts';
import { Icon } from '../ui/icons.tsx';
import { Field, Trouble } from '../ui/parts.tsx';
import { PreparingRing } from '../ui/preparing-ring.tsx';
import { Camera } from './camera.tsx';
import { readQrFile } from './qr-reader.ts';

/** Takes an invite: by camera, from a picture, or pasted. */
export function AcceptInvite(props: { readonly session: Session }): JSX.Element {
  const { session } = props;
  const [text, setText] = useState('');
  const [name, setName] = useState('');
  const [scanning, setScanning] = useState(false);
  const [waiting, setWaiting] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const file = useRef<HTMLInputElement>(null);
  const wait = useRef<AbortController | undefined>(undefined);

  const take = (found: string): void => {
    setScanning(false);
    setTrouble(undefined);
    setText(found);
  };
  useEffect(() => {
    if (arrivedInvite.value === undefined) return;
    take(arrivedInvite.value);
    arrivedInvite.value = undefined;
  }, [arrivedInvite.value]);
  // The acceptance goes on when the screen is left; only the wait ends.
  useEffect(() => () => wait.current?.abort(), []);

  const accept = async (): Promise<void> => {
    const link = inviteIn(text);
    if (link === undefined) {
      setTrouble('There is no invite in this. One starts with “sotto:”.');
      return;
    }
    setTrouble(undefined);
    setWaiting(true);
    const stop = new AbortController();
    wait.current = stop;
    try {
      const contact = await session.client.accept(link, {
        name: cleanName(name),
        signal: stop.signal,
      });
      setText('');
      if (place.value.kind === 'invite') replace({ kind: 'conversation', contact: contact.id });
    } catch (error) {
      if (error instanceof SottoError && error.code === 'aborted') return;
      setTrouble(failureWords(error));
    }
    setWaiting(false);
  };
  const readFile = async (chosen: File | undefined): Promise<void> => {
    if (chosen === undefined) return;
    try {
      const found = inviteIn((await readQrFile(chosen)) ?? '');
      if (found === undefined)
        setTrouble('No invite was found in this picture. Cut it close to the code and try again.');
      else take(found);
    } catch {
      setTrouble('This file cannot be read as a picture.');
    }
  };

  if (waiting) return <Waiting />;
  return (
    <form
      class="card pad"
      onSubmit={(event) => {
        event.preventDefault();
        void accept();
      }}
    >
      {scanning && <Camera onFound={take} onClose={() => setScanning(false)} />}
      {!scanning && text === '' && (
        <div class="row-fill">
          <button type="button" class="button quiet" onClick={() => setScanning(true)}>
            <Icon name="camera" size={18} />
            Scan with the camera
          </button>
          <button type="button" class="button quiet" onClick={() => file.current?.click()}>
            <Icon name="image" size={18} />
            Choose a picture
          </button>
          <input
            ref={file}
            type="file"
            accept="image/*"
            hidden
            aria-label="Picture of a QR code"
            onChange={(event) => {
              void readFile(event.currentTarget.files?.[0]);
              event.currentTarget.value = '';
            }}
          />
        </div>
      )}
      <div class="field">
        <label for="link">Link of the invite</label>
        <textarea
          id="link"
          class="link-field"
          rows={3}
          dir="ltr"
          spellcheck={false}
          autoComplete="off"
          placeholder="sotto:…"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </div>
      <Field
        id="accept-name"
        label="Who invited you?"
        hint="The name that you will see. They do not learn it."
        value={name}
        maxLength={60}
        onInput={setName}
      />
      {trouble !== undefined && <Trouble>{trouble}</Trouble>}
      <button type="submit" class="button wide" disabled={text.trim() === ''}>
        Accept
      </button>
    </form>
  );
}

function Waiting(): JSX.Element {
  return (
    <div class="card pad preparing">
      <PreparingRing />
      <p class="preparing-words" role="status">
        Your answer is on its way
      </p>
      <p class="hint">
        It goes through the mix to your friend, and theirs comes back the same way. When their
        device is away, this may take days. You can close this; it goes on by itself.
      </p>
      <button type="button" class="button quiet" onClick={() => replace({ kind: 'chats' })}>
        Go to the conversations
      </button>
    </div>
  );
}
