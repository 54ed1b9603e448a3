import type { Contact } from '@sotto/client';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { nameOf } from '../model/clean-text.ts';
import { failureWords } from '../model/failure-words.ts';
import { back, replace } from '../model/place.ts';
import type { Session } from '../model/session.ts';
import { Disc, Field, ScreenHead, Theirs, Trouble } from '../ui/parts.tsx';

/** Whether somebody can be introduced. */
export const canIntroduce = ({ stage, blocked }: Contact): boolean =>
  stage === 'active' && !blocked;

/** Introduces a contact to another one. */
export function Introduce(props: {
  readonly session: Session;
  readonly contact: string;
}): JSX.Element {
  const { session } = props;
  const contact = session.contact(props.contact);
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const others = session.byName().filter((each) => each.id !== props.contact && canIntroduce(each));
  const other = others.find(({ id }) => id === chosen);
  return (
    <div class="screen">
      <ScreenHead title="Introduce" onBack={back} />
      {contact === undefined ? (
        <p class="blank">This contact is not here any more.</p>
      ) : (
        <>
          <p class="lead">
            Two who know you meet each other, without a word about keys. Each sees the name and the
            note that you give here, and says yes or no. From then on they talk without you.
          </p>
          <fieldset class="card pick">
            <legend class="unseen">To whom do you introduce {nameOf(contact)}?</legend>
            {others.length === 0 && (
              <p class="blank">You know nobody else who has answered you yet.</p>
            )}
            {others.map((each) => (
              <label key={each.id} class="row" for={`pick-${each.id}`}>
                <Disc name={nameOf(each)} />
                <span class="row-words">
                  <Theirs text={nameOf(each)} class="cut" />
                </span>
                <input
                  type="radio"
                  name="pick"
                  id={`pick-${each.id}`}
                  checked={each.id === chosen}
                  onChange={() => setChosen(each.id)}
                />
              </label>
            ))}
          </fieldset>
          {other !== undefined && (
            <Words key={other.id} session={session} first={contact} second={other} />
          )}
        </>
      )}
    </div>
  );
}

/** What each is told of the other. */
function Words(props: {
  readonly session: Session;
  readonly first: Contact;
  readonly second: Contact;
}): JSX.Element {
  const { session, first, second } = props;
  const [names, setNames] = useState<readonly [string, string]>([first.name, second.name]);
  const [note, setNote] = useState('');
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const told: readonly [string, string] = [names[0].trim(), names[1].trim()];
  const offer = async (): Promise<void> => {
    setTrouble(undefined);
    try {
      await session.client.introduce(first.id, second.id, { names: told, note: note.trim() });
      replace({ kind: 'introductions' });
    } catch (error) {
      setTrouble(failureWords(error));
    }
  };
  return (
    <form
      class="card pad"
      onSubmit={(event) => {
        event.preventDefault();
        void offer();
      }}
    >
      <Field
        id="first-name"
        label={`What ${nameOf(second)} sees of ${nameOf(first)}`}
        value={names[0]}
        maxLength={60}
        onInput={(name) => setNames([name, names[1]])}
      />
      <Field
        id="second-name"
        label={`What ${nameOf(first)} sees of ${nameOf(second)}`}
        value={names[1]}
        maxLength={60}
        onInput={(name) => setNames([names[0], name])}
      />
      <Field
        id="introduction-note"
        label="A note to both"
        hint="They learn that you know both, and this."
        value={note}
        maxLength={250}
        onInput={setNote}
      />
      {trouble !== undefined && <Trouble>{trouble}</Trouble>}
      <button type="submit" class="button wide" disabled={told.includes('')}>
        Introduce them
      </button>
    </form>
  );
}
