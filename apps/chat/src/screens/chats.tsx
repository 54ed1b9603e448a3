import type { Contact } from '@sotto/client';
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { excerpt, nameOf } from '../model/clean-text.ts';
import { shortDate } from '../model/format.ts';
import { standingWords } from '../model/message-words.ts';
import { go, place } from '../model/place.ts';
import { messageKey } from '../model/order.ts';
import { type Hit, search } from '../model/search.ts';
import type { Session } from '../model/session.ts';
import { Icon, Mark } from '../ui/icons.tsx';
import { Disc, IconButton, Theirs } from '../ui/parts.tsx';
import { StandingMark } from '../ui/standing-mark.tsx';

/** The conversations, the newest first, and the search through them, which asks nobody but this device. */
export function Chats(props: { readonly session: Session }): JSX.Element {
  const { session } = props;
  const [query, setQuery] = useState('');
  const contacts = session.contacts.value;
  const pending = contacts?.filter(({ stage }) => stage === 'pending').length ?? 0;
  return (
    <section class="chats" aria-label="Conversations">
      <header class="chats-head">
        <h1 class="wordmark" tabIndex={-1}>
          <Mark /> Sotto
        </h1>
      </header>
      <Connection session={session} />
      <Offers session={session} />
      {session.accepting.value > pending && (
        <p class="banner" role="status">
          Your answer to an invite is on its way. Your friend appears here when theirs comes back.
        </p>
      )}
      {contacts !== undefined && contacts.length > 0 && (
        <div class="search">
          <Icon name="search" size={18} />
          <input
            type="search"
            aria-label="Search names and messages on this device"
            placeholder="Search"
            value={query}
            onInput={(event) => setQuery(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setQuery('');
            }}
          />
          {query !== '' && (
            <IconButton icon="close" label="Clear the search" onClick={() => setQuery('')} />
          )}
        </div>
      )}
      <div class="scroll">
        {contacts === undefined ? (
          <Loading />
        ) : contacts.length === 0 ? (
          <FirstSteps session={session} />
        ) : query.trim() === '' ? (
          <ul class="list">
            {contacts.map((contact) => (
              <Row key={contact.id} session={session} contact={contact} />
            ))}
          </ul>
        ) : (
          <Found session={session} contacts={contacts} query={query} />
        )}
      </div>
    </section>
  );
}

/** Said only when it is not as it should be. */
function Connection(props: { readonly session: Session }): JSX.Element | null {
  const { online, connecting, loopsLost } = props.session;
  if (online.value && !loopsLost.value) return null;
  const words = !online.value
    ? connecting.value
      ? 'Connecting to the network…'
      : 'Not connected. What you write waits here and goes out by itself.'
    : 'Packets of yours are being lost. Messages may take longer; nothing is given away.';
  return (
    <p class={connecting.value ? 'banner' : 'banner banner-warn'} role="status">
      {words}
    </p>
  );
}

/** Introductions: those that wait for an answer ask for it, the rest can be looked at. */
function Offers(props: { readonly session: Session }): JSX.Element | null {
  const { introductions } = props.session;
  if (introductions.value.length === 0) return null;
  const asked = introductions.value.filter(
    ({ side, state }) => side === 'introduced' && state === 'offered',
  ).length;
  const words =
    asked === 0
      ? 'Introductions'
      : asked === 1
        ? 'Somebody is introduced to you'
        : `${asked} people are introduced to you`;
  return (
    <button
      type="button"
      class={asked === 0 ? 'banner banner-quiet' : 'banner'}
      onClick={() => go({ kind: 'introductions' })}
    >
      <Icon name="meet" size={18} />
      <span class="row-words">{words}</span>
      <Icon name="next" size={16} />
    </button>
  );
}

function Loading(): JSX.Element {
  return (
    <div class="loading" role="status">
      <span class="unseen">Loading conversations</span>
      {[0, 1, 2].map((row) => (
        <div key={row} class="ghost" aria-hidden="true">
          <span class="ghost-disc" />
          <span class="ghost-lines" />
        </div>
      ))}
    </div>
  );
}

/** The list of somebody who knows nobody yet. */
function FirstSteps(props: { readonly session: Session }): JSX.Element {
  const open = props.session.invites.value.length;
  return (
    <div class="first">
      <h2>Nobody here yet</h2>
      <p>
        There is no directory to look people up in. Two people meet by an invite that one gives to
        the other.
      </p>
      <button
        type="button"
        class="button wide"
        onClick={() => go({ kind: 'invite', side: 'give' })}
      >
        {open === 0 ? 'Invite somebody' : 'See your invite'}
      </button>
      <button
        type="button"
        class="button quiet wide"
        onClick={() => go({ kind: 'invite', side: 'accept' })}
      >
        I was invited
      </button>
    </div>
  );
}

function Row(props: { readonly session: Session; readonly contact: Contact }): JSX.Element {
  const { session, contact } = props;
  const { last, unread, muted, blocked } = contact;
  const name = nameOf(contact);
  const here = place.value;
  const chosen =
    (here.kind === 'conversation' || here.kind === 'contact') && here.contact === contact.id;
  const now = new Date();
  return (
    <li>
      <button
        type="button"
        class={unread > 0 && !muted ? 'chat chat-unread' : 'chat'}
        aria-current={chosen ? 'page' : undefined}
        onClick={() => go({ kind: 'conversation', contact: contact.id })}
      >
        <Disc name={name} />
        <span class="chat-name">
          <Theirs text={name} class="cut" />
          {muted && <Icon name="mute" size={14} />}
          {muted && <span class="unseen">muted</span>}
        </span>
        {last !== undefined && <time class="chat-time">{shortDate(last.at, now)}</time>}
        <span class="chat-last">
          <Last session={session} contact={contact} now={now} />
        </span>
        {unread > 0 && !blocked && (
          <span class={muted ? 'badge badge-muted' : 'badge'}>
            {unread > 99 ? '99+' : unread}
            <span class="unseen"> unread</span>
          </span>
        )}
      </button>
    </li>
  );
}

function Last(props: {
  readonly session: Session;
  readonly contact: Contact;
  readonly now: Date;
}): JSX.Element {
  const { session, contact, now } = props;
  const { last } = contact;
  if (contact.blocked) return <span>Blocked</span>;
  if (contact.stage === 'failed') return <span>The invite was not answered</span>;
  if (last === undefined)
    return <span>{contact.stage === 'pending' ? 'Waiting for their answer' : 'Say hello'}</span>;
  const beat = session.beatMillis(now) ?? 1000;
  return (
    <>
      {last.direction === 'out' && last.state !== 'delivered' && (
        <>
          <StandingMark
            standing={standingWords(last, now, beat, true).standing}
            beatMillis={beat}
          />
          <span class="unseen">{standingWords(last, now, beat, session.online.value).label}: </span>
        </>
      )}
      <Theirs
        text={last.photo === undefined ? excerpt(last.text) : `Photo ${excerpt(last.text)}`}
        class="cut"
      />
    </>
  );
}

function Found(props: {
  readonly session: Session;
  readonly contacts: readonly Contact[];
  readonly query: string;
}): JSX.Element {
  const { session, contacts, query } = props;
  const conversations = contacts.map(({ id }) => session.conversation(id).value);
  const [now] = useState(() => new Date());
  const found = useMemo(
    () => search(contacts, conversations, query),
    // Each conversation is one value, replaced whole when it changes.
    [contacts, query, ...conversations],
  );
  if (found.names.length === 0 && found.hits.length === 0)
    return (
      <p class="blank" role="status">
        {conversations.includes(undefined) ? 'Searching…' : 'Nothing found on this device.'}
      </p>
    );
  return (
    <>
      {found.names.length > 0 && (
        <ul class="list">
          {found.names.map((contact) => (
            <Row key={contact.id} session={session} contact={contact} />
          ))}
        </ul>
      )}
      {found.hits.length > 0 && (
        <>
          <h2 class="list-head">Messages</h2>
          <ul class="list">
            {found.hits.map((hit) => (
              <HitRow key={messageKey(hit.message)} hit={hit} now={now} />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function HitRow(props: { readonly hit: Hit; readonly now: Date }): JSX.Element {
  const { hit, now } = props;
  const name = nameOf(hit.contact);
  return (
    <li>
      <button
        type="button"
        class="chat"
        onClick={() =>
          go({ kind: 'conversation', contact: hit.contact.id, message: messageKey(hit.message) })
        }
      >
        <Disc name={name} />
        <span class="chat-name">
          <Theirs text={name} class="cut" />
        </span>
        <time class="chat-time">{shortDate(hit.message.at, now)}</time>
        <span class="chat-last">
          {hit.message.direction === 'out' && <span class="you">You: </span>}
          <Theirs text={hit.excerpt} class="cut" />
        </span>
      </button>
    </li>
  );
}
