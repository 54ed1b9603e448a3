import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { failureWords } from '../model/failure-words.ts';
import { Confirm } from '../ui/confirm.tsx';
import { Gate } from '../ui/gate.tsx';
import { Icon } from '../ui/icons.tsx';
import { offerFile } from '../ui/offer-file.ts';
import { Trouble } from '../ui/parts.tsx';

/** What is left on a device whose account was exported: erase it, or go on here and give the file up. */
export function Moved(props: {
  /** What was exported, while this page still has it. */
  readonly file: Uint8Array | undefined;
  readonly wipe: () => Promise<void>;
  readonly resume: () => Promise<void>;
}): JSX.Element {
  const { file, wipe, resume } = props;
  const [asking, setAsking] = useState<'wipe' | 'resume' | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setAsking(undefined);
    setTrouble(undefined);
    setBusy(true);
    try {
      await work();
    } catch (error) {
      setTrouble(failureWords(error));
      setBusy(false);
    }
  };
  return (
    <Gate title="This account was exported" onSubmit={() => Promise.resolve()}>
      <p class="lead">
        It has stopped on this device: it sends nothing and receives nothing, so that the file stays
        exact. Take the file in on your other device, then wipe the account here.
      </p>
      {file !== undefined && (
        <button type="button" class="button quiet" onClick={() => offerFile(file)}>
          <Icon name="export" size={18} />
          Save the file again
        </button>
      )}
      {trouble !== undefined && <Trouble>{trouble}</Trouble>}
      <button type="button" class="button danger" disabled={busy} onClick={() => setAsking('wipe')}>
        <Icon name="trash" size={18} />
        Wipe the account here
      </button>
      <button type="button" class="link" disabled={busy} onClick={() => setAsking('resume')}>
        Go on here instead
      </button>
      {asking === 'wipe' && (
        <Confirm
          title="Wipe the account here?"
          verb="Wipe everything"
          onNo={() => setAsking(undefined)}
          onYes={() => void attempt(wipe)}
        >
          <p>
            The file is then the only copy. Without it and its passphrase every conversation is lost
            for good.
          </p>
        </Confirm>
      )}
      {asking === 'resume' && (
        <Confirm
          title="Go on here?"
          verb="Go on here"
          onNo={() => setAsking(undefined)}
          onYes={() => void attempt(resume)}
        >
          <p>
            Only if the file was not taken in anywhere, and never will be: delete it. Two devices
            that both go on lose conversations, and then only new invites help. To move later,
            export again.
          </p>
        </Confirm>
      )}
    </Gate>
  );
}
