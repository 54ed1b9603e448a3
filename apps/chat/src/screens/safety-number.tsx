import type { Client, Contact } from '@sotto/client';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { nameOf } from '../model/clean-text.ts';
import { failureWords } from '../model/failure-words.ts';
import { Theirs, Trouble } from '../ui/parts.tsx';
import { Switch } from '../ui/switch.tsx';

/** What two people read to each other, and the mark that it was the same. */
export function SafetyNumber(props: {
  readonly client: Client;
  readonly contact: Contact;
}): JSX.Element {
  const { client, contact } = props;
  const [number, setNumber] = useState<string | undefined>(undefined);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  useEffect(() => {
    client.safetyNumber(contact.id).then(setNumber, (error: unknown) => {
      setTrouble(failureWords(error));
    });
  }, [client, contact.id, contact.stage]);
  const mark = async (verified: boolean): Promise<void> => {
    setTrouble(undefined);
    try {
      await client.setVerified(contact.id, verified ? (number ?? '') : '');
    } catch (error) {
      setTrouble(failureWords(error));
    }
  };
  return (
    <section class="card" aria-labelledby="safety-title">
      <div class="pad">
        <h2 id="safety-title">Safety number</h2>
        <p class="hint">
          Read it to each other, by telephone say, or hold your screens side by side. It is the same
          on both when nobody stands between you and <Theirs text={nameOf(contact)} />.
        </p>
        {number !== undefined && <Groups number={number} />}
        {trouble !== undefined && <Trouble>{trouble}</Trouble>}
      </div>
      {number !== undefined && (
        <Switch
          icon="check"
          title="Verified"
          note="You have compared it. The mark goes when the number changes."
          on={contact.verified}
          onChange={(on) => void mark(on)}
        />
      )}
    </section>
  );
}

/** Twelve groups; a screen reader says each digit, not a number of tens of thousands. */
function Groups(props: { readonly number: string }): JSX.Element {
  return (
    <ol class="groups">
      {props.number.split(' ').map((group, index) => (
        <li key={index}>
          <span aria-hidden="true">{group}</span>
          <span class="unseen">{Array.from(group).join(' ')}</span>
        </li>
      ))}
    </ol>
  );
}
