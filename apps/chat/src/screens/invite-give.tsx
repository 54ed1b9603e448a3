import { type OpenInvite, SottoError } from '@sotto/client';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { cleanName } from '../model/clean-text.ts';
import { failureWords } from '../model/failure-words.ts';
import { untilWords } from '../model/format.ts';
import type { Session } from '../model/session.ts';
import { Confirm } from '../ui/confirm.tsx';
import { Icon } from '../ui/icons.tsx';
import { Field, Theirs, Trouble } from '../ui/parts.tsx';
import { Preparing, ToGive } from '../ui/to-give.tsx';

/** Makes an invite, and shows those that nobody has used yet. */
export function GiveInvite(props: { readonly session: Session }): JSX.Element {
  const { session } = props;
  const open = [...session.invites.value].sort(
    (a, b) => b.startedAt.getTime() - a.startedAt.getTime(),
  );
  const [making, setMaking] = useState(false);
  const [name, setName] = useState('');
  /** Asked for, and not begun: the client waits for the network. */
  const [asked, setAsked] = useState(0);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const showForm = (open.length === 0 && asked === 0) || making;
  useEffect(() => {
    if (open.length > 0) setAsked(0);
  }, [open.length]);

  const make = (): void => {
    setTrouble(undefined);
    setMaking(false);
    setName('');
    setAsked(asked + 1);
    const run = async (): Promise<void> => {
      try {
        await session.client.invite({ name: cleanName(name) });
      } catch (error) {
        // Closing an account ends the wait; the invite goes on when it is opened again.
        if (error instanceof SottoError && (error.code === 'closed' || error.code === 'aborted'))
          return;
        setAsked(0);
        setTrouble(failureWords(error));
      }
    };
    void run();
  };

  return (
    <>
      {trouble !== undefined && <Trouble>{trouble}</Trouble>}
      {showForm && (
        <form
          class="card pad"
          onSubmit={(event) => {
            event.preventDefault();
            make();
          }}
        >
          <Field
            id="invite-name"
            label="Who is it for?"
            hint="The name that you will see. They do not learn it."
            value={name}
            maxLength={60}
            onInput={setName}
          />
          <div class="row-end">
            {making && (
              <button type="button" class="button quiet" onClick={() => setMaking(false)}>
                Cancel
              </button>
            )}
            <button type="submit" class="button">
              Make an invite
            </button>
          </div>
        </form>
      )}
      {asked > 0 && (
        <section class="card pad preparing">
          <p class="preparing-words" role="status">
            Beginning…
          </p>
          {!session.online.value && (
            <p class="hint">The network is not reached yet. It goes on by itself when it is.</p>
          )}
        </section>
      )}
      {open.map((invite, index) => (
        <OpenInviteCard key={invite.id} session={session} invite={invite} large={index === 0} />
      ))}
      {!showForm && (
        <button type="button" class="button quiet" onClick={() => setMaking(true)}>
          <Icon name="invite" size={18} />
          Invite somebody else
        </button>
      )}
    </>
  );
}

function OpenInviteCard(props: {
  readonly session: Session;
  readonly invite: OpenInvite;
  readonly large: boolean;
}): JSX.Element {
  const { session, invite } = props;
  const [shown, setShown] = useState(props.large);
  const [asking, setAsking] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const name = cleanName(invite.name);
  const takeBack = async (): Promise<void> => {
    setAsking(false);
    try {
      await session.client.revokeInvite(invite.id);
    } catch (error) {
      setTrouble(failureWords(error));
    }
  };
  return (
    <section
      class="card pad invite"
      aria-label={name === '' ? 'Open invite' : `Invite for ${name}`}
    >
      <header class="invite-head">
        <h2>
          {name === '' ? (
            'Your invite'
          ) : (
            <>
              For <Theirs text={name} />
            </>
          )}
        </h2>
        <button type="button" class="link link-danger" onClick={() => setAsking(true)}>
          Take it back
        </button>
      </header>
      {trouble !== undefined && <Trouble>{trouble}</Trouble>}
      {invite.link === undefined ? (
        <Preparing {...invite} online={session.online.value} />
      ) : shown ? (
        <Ready link={invite.link} expires={invite.expires} />
      ) : (
        <button type="button" class="button quiet" onClick={() => setShown(true)}>
          Show it
        </button>
      )}
      {asking && (
        <Confirm
          title="Take the invite back?"
          verb="Take it back"
          onNo={() => setAsking(false)}
          onYes={() => void takeBack()}
        >
          <p>Whoever has the link can do nothing with it any more.</p>
        </Confirm>
      )}
    </section>
  );
}

function Ready(props: { readonly link: string; readonly expires: Date }): JSX.Element {
  return (
    <ToGive link={props.link} what="invite">
      <li>Your friend opens Sotto and chooses “I was invited”.</li>
      <li>They scan this, or paste the link that you send them.</li>
      <li>
        Hand it over in private: whoever has it first can come in their place. It works once, until{' '}
        {untilWords(props.expires, new Date())}.
      </li>
    </ToGive>
  );
}
