import type { Introduction } from '@sotto/client';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { cleanMessage, cleanName, nameOf } from '../model/clean-text.ts';
import { failureWords } from '../model/failure-words.ts';
import { canEnd, introductionWords } from '../model/meeting-words.ts';
import { back, go } from '../model/place.ts';
import type { Session } from '../model/session.ts';
import { Disc, ScreenHead, Theirs, Trouble } from '../ui/parts.tsx';

/** Introductions that were made and offered, until a day after they are over. */
export function Introductions(props: { readonly session: Session }): JSX.Element {
  const { session } = props;
  const all = session.introductions.value;
  // What is over for a day goes without a word.
  useEffect(() => void session.readMeetings(), [session]);
  return (
    <div class="screen">
      <ScreenHead title="Introductions" onBack={back} />
      {all.length === 0 && <p class="blank">None now. You make one from a contact’s own screen.</p>}
      {all.map((each) => (
        <IntroductionCard key={each.id} session={session} introduction={each} />
      ))}
    </div>
  );
}

/** One introduction: who makes it, where it stands, and the answer to it. */
function IntroductionCard(props: {
  readonly session: Session;
  readonly introduction: Introduction;
}): JSX.Element {
  const { session, introduction } = props;
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const attempt = async (work: (id: string) => Promise<void>): Promise<void> => {
    setTrouble(undefined);
    try {
      await work(introduction.id);
    } catch (error) {
      setTrouble(failureWords(error));
    }
  };
  const { client } = session;
  const isAsked = introduction.side === 'introduced' && introduction.state === 'offered';
  const words = introductionWords(introduction);
  return (
    <Card introduction={introduction} nameOf={(id) => contactName(session, id)}>
      {trouble !== undefined && <Trouble>{trouble}</Trouble>}
      {words !== '' && <p role="status">{words}</p>}
      {isAsked && (
        <p class="hint">
          Say yes, and you meet when they do. The name is what your friend calls them: compare
          safety numbers once you have met.
        </p>
      )}
      <div class="row-end">
        {canEnd(introduction) && (
          <button
            type="button"
            class="button quiet"
            onClick={() => void attempt((id) => client.declineIntroduction(id))}
          >
            {isAsked ? 'No, thanks' : 'Take it back'}
          </button>
        )}
        {isAsked && (
          <button
            type="button"
            class="button"
            onClick={() => void attempt((id) => client.acceptIntroduction(id))}
          >
            Yes, meet them
          </button>
        )}
        {introduction.side === 'introduced' && introduction.met !== undefined && (
          <MetButton contact={introduction.met} />
        )}
      </div>
    </Card>
  );
}

function MetButton(props: { readonly contact: string }): JSX.Element {
  return (
    <button
      type="button"
      class="button"
      onClick={() => go({ kind: 'conversation', contact: props.contact })}
    >
      Write to them
    </button>
  );
}

function Card(props: {
  readonly introduction: Introduction;
  readonly nameOf: (contact: string) => string;
  readonly children: ComponentChildren;
}): JSX.Element {
  const { introduction } = props;
  if (introduction.side === 'introducer') {
    const [first, second] = introduction.contacts.map(props.nameOf);
    return (
      <section class="card pad" aria-label={`You introduce ${first} and ${second}`}>
        <div class="meeting">
          <span class="discs">
            <Disc name={first ?? ''} />
            <Disc name={second ?? ''} />
          </span>
          <div>
            <p class="hint">You introduce</p>
            <h2>
              <Theirs text={first ?? ''} /> and <Theirs text={second ?? ''} />
            </h2>
          </div>
        </div>
        {props.children}
      </section>
    );
  }
  const who = cleanName(introduction.name);
  const by = props.nameOf(introduction.by);
  const note = cleanMessage(introduction.note).text.trim();
  return (
    <section class="card pad" aria-label={`${by} introduces ${who}`}>
      <div class="meeting">
        <Disc name={who} />
        <div>
          <p class="hint">
            <Theirs text={by} /> introduces
          </p>
          <h2>
            <Theirs text={who === '' ? 'Somebody' : who} />
          </h2>
        </div>
      </div>
      {note !== '' && (
        <blockquote class="said">
          <Theirs text={note} />
        </blockquote>
      )}
      {props.children}
    </section>
  );
}

/** What somebody is called here, also when they are a contact no more. */
function contactName(session: Session, id: string): string {
  return nameOf(session.contact(id) ?? { id, name: '' });
}
