import type { Contact, Message } from '@sotto/client';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { nameOf } from '../model/clean-text.ts';
import { dayHeading, duration, lifetimeWords, sameDay } from '../model/format.ts';
import { messageKey } from '../model/order.ts';
import { go, place, replace } from '../model/place.ts';
import type { Session } from '../model/session.ts';
import { Disc, IconButton, Theirs } from '../ui/parts.tsx';
import { Icon } from '../ui/icons.tsx';
import { Composer } from './composer.tsx';
import { Bubble } from './bubble.tsx';

/** Messages drawn at first, and with each step back: a long conversation does not hold the page up. */
const PAGE = 120;
/** Messages of one person within this time stand together under one time. */
const GROUP_MILLIS = 180_000;
/** Pixels from the end within which a reader is taken along by new messages. */
const NEAR_END = 120;

/** A conversation, and the field to write in. */
export function Conversation(props: {
  readonly session: Session;
  readonly contact: string;
}): JSX.Element {
  const { session } = props;
  const contact = session.contact(props.contact);
  const known = session.contacts.value !== undefined;
  if (contact === undefined)
    return (
      <div class="nothing">
        <p>{known ? 'This contact is not here any more.' : 'Loading…'}</p>
      </div>
    );
  return (
    <section class="conversation" aria-label={`Conversation with ${nameOf(contact)}`}>
      <Head session={session} contact={contact} />
      <Messages session={session} contact={contact} />
      <Foot session={session} contact={contact} />
    </section>
  );
}

function Head(props: { readonly session: Session; readonly contact: Contact }): JSX.Element {
  const { contact } = props;
  const name = nameOf(contact);
  return (
    <header class="head">
      <IconButton
        icon="back"
        label="Back to the conversations"
        class="back"
        onClick={() => go({ kind: 'chats' })}
      />
      <button
        type="button"
        class="head-person"
        onClick={() => go({ kind: 'contact', contact: contact.id })}
      >
        <Disc name={name} />
        <span class="head-names">
          <Theirs text={name} class="cut head-name" />
          <span class="head-note">{noteOf(contact)}</span>
        </span>
      </button>
      <h1 class="unseen" tabIndex={-1}>
        {name}
      </h1>
      <IconButton
        icon="more"
        label="About this contact"
        onClick={() => go({ kind: 'contact', contact: contact.id })}
      />
    </header>
  );
}

/** What is known about reaching them. Whether they are there now is what Sotto never knows. */
function noteOf(contact: Contact): string {
  const { blocked, muted, stage, replyBlocks, outOfStep, verified, lifetimeSeconds } = contact;
  if (blocked) return 'Blocked';
  if (stage === 'pending') return 'Waiting for their answer to the invite';
  if (stage === 'failed') return 'The invite was not answered';
  if (outOfStep) return 'Does not open any more: meet by a new invite';
  if (replyBlocks === 0) return 'Cannot be reached until they come back';
  if (lifetimeSeconds > 0)
    return `Messages disappear ${lifetimeWords(lifetimeSeconds).toLowerCase()}`;
  if (muted) return 'Muted';
  return verified ? 'Sealed from end to end, verified' : 'Sealed from end to end';
}

function Messages(props: { readonly session: Session; readonly contact: Contact }): JSX.Element {
  const { session, contact } = props;
  const messages = session.conversation(contact.id).value;
  const [shown, setShown] = useState(PAGE);
  const [now, setNow] = useState(() => new Date());
  const [below, setBelow] = useState(false);
  /** The message that a search led to. */
  const [found, setFound] = useState<string | undefined>(undefined);
  const scroll = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const here = place.value;
  const wanted = here.kind === 'conversation' ? here.message : undefined;

  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 30_000);
    return () => clearInterval(timer);
  }, []);
  // What stands on an open page was read; what comes while it is hidden was not.
  useEffect(() => {
    const read = (): void => {
      if (contact.unread > 0 && document.visibilityState === 'visible')
        void session.client.markRead(contact.id).catch(() => undefined);
    };
    read();
    document.addEventListener('visibilitychange', read);
    return () => document.removeEventListener('visibilitychange', read);
  }, [contact.id, contact.unread]);
  useLayoutEffect(() => {
    const box = scroll.current;
    if (box === null || messages === undefined) return;
    const target = wanted === undefined ? null : document.getElementById(wanted);
    if (target !== null) {
      target.scrollIntoView({ block: 'center' });
      setFound(wanted);
      replace({ kind: 'conversation', contact: contact.id });
      atEnd.current = false;
    } else if (atEnd.current) box.scrollTop = box.scrollHeight;
    else setBelow(true);
  }, [messages, wanted]);

  if (messages === undefined)
    return (
      <div class="messages messages-empty" role="status">
        <p>Opening the conversation…</p>
      </div>
    );
  const wantedAt =
    wanted === undefined ? -1 : messages.findIndex((each) => messageKey(each) === wanted);
  const first = Math.max(
    0,
    Math.min(messages.length - shown, wantedAt < 0 ? messages.length : wantedAt - 10),
  );
  const visible = messages.slice(first);
  return (
    <div class="messages-frame">
      <div
        class="messages"
        ref={scroll}
        role="log"
        aria-label="Messages"
        tabIndex={0}
        onScroll={(event) => {
          const box = event.currentTarget;
          atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END;
          if (atEnd.current) setBelow(false);
        }}
      >
        {first > 0 ? (
          <button type="button" class="button quiet small" onClick={() => setShown(shown + PAGE)}>
            Show earlier messages
          </button>
        ) : (
          <Beginning contact={contact} mailLifeMillis={session.mailLifeMillis} />
        )}
        <ol class="bubbles">
          {visible.map((message, index) => (
            <Line
              key={messageKey(message)}
              session={session}
              message={message}
              before={visible[index - 1]}
              next={visible[index + 1]}
              now={now}
              found={messageKey(message) === found}
            />
          ))}
        </ol>
      </div>
      {below && (
        <button
          type="button"
          class="to-end"
          onClick={() => {
            scroll.current?.scrollTo({ top: scroll.current.scrollHeight });
          }}
        >
          New messages
        </button>
      )}
    </div>
  );
}

function Beginning(props: {
  readonly contact: Contact;
  readonly mailLifeMillis: number;
}): JSX.Element {
  const name = nameOf(props.contact);
  return (
    <div class="beginning">
      <Icon name="lock" size={18} />
      <p>
        Only you and <Theirs text={name} /> can read this. Each message takes some seconds, because
        six machines shuffle it with others. When their device is away, it is kept for them for{' '}
        {duration(props.mailLifeMillis)}.
      </p>
    </div>
  );
}

function Line(props: {
  readonly session: Session;
  readonly message: Message;
  readonly before: Message | undefined;
  readonly next: Message | undefined;
  readonly now: Date;
  readonly found: boolean;
}): JSX.Element {
  const { session, message, before, next, now } = props;
  const newDay = before === undefined || !sameDay(before.at, message.at);
  return (
    <>
      {newDay && (
        <li class="day">
          <span>{dayHeading(message.at, now)}</span>
        </li>
      )}
      <Bubble
        session={session}
        message={message}
        now={now}
        begins={newDay || !together(before, message)}
        ends={!together(message, next)}
        newest={next === undefined}
        found={props.found}
      />
    </>
  );
}

const together = (a: Message | undefined, b: Message | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.direction === b.direction &&
  b.at.getTime() - a.at.getTime() < GROUP_MILLIS &&
  sameDay(a.at, b.at);

function Foot(props: { readonly session: Session; readonly contact: Contact }): JSX.Element {
  const { session, contact } = props;
  if (contact.blocked)
    return (
      <div class="foot-note">
        <p>Blocked. What they send is dropped unread, and nothing tells them.</p>
        <button
          type="button"
          class="button quiet small"
          onClick={() => void session.client.setBlocked(contact.id, false).catch(() => undefined)}
        >
          Unblock
        </button>
      </div>
    );
  if (contact.stage === 'failed')
    return (
      <div class="foot-note">
        <p>The invite was not answered, so nothing can be sent. Meet by a new one.</p>
        <button
          type="button"
          class="button quiet small"
          onClick={() => go({ kind: 'invite', side: 'accept' })}
        >
          Use a new invite
        </button>
      </div>
    );
  return <Composer session={session} contact={contact} />;
}
