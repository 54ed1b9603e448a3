import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { lazy } from '../lazy.tsx';
import { arrivedInvite, back, followHistory, go, type Place, place } from '../model/place.ts';
import type { Session } from '../model/session.ts';
import { codeWords } from '../model/failure-words.ts';
import { Icon, type IconName, Mark } from '../ui/icons.tsx';
import { ScreenHead } from '../ui/parts.tsx';
import { Chats } from './chats.tsx';
import { ContactScreen } from './contact.tsx';
import { Conversation } from './conversation.tsx';
import { Introduce } from './introduce.tsx';
import { Introductions } from './introductions.tsx';
import { Invite } from './invite.tsx';
import { Settings } from './settings.tsx';
import { Stopped } from './stopped.tsx';

const NetworkView = lazy(
  async () => (await import('../network/network-view.tsx')).NetworkView,
  (failed) => (
    <p class="blank" role="status">
      {failed
        ? 'The picture could not be loaded. Is the network still running?'
        : 'Loading the picture…'}
    </p>
  ),
);

/** An opened account. A phone shows the list or one screen; a desktop shows both side by side. */
export function Home(props: {
  readonly session: Session;
  readonly onEnd: (how: 'wiped' | 'moved') => void;
}): JSX.Element {
  const { session, onEnd } = props;
  const ended = session.ended.value;
  const here = place.value;
  const unread = session.unread.value;

  useEffect(followHistory, []);
  useEffect(() => {
    if (arrivedInvite.value !== undefined) go({ kind: 'invite', side: 'accept' });
  }, [arrivedInvite.value]);
  useEffect(() => {
    document.title = unread === 0 ? 'Sotto' : `(${unread}) Sotto`;
  }, [unread]);
  useEffect(() => {
    if (ended?.kind === 'wiped' || ended?.kind === 'moved') onEnd(ended.kind);
  }, [ended]);

  if (ended?.kind === 'broken')
    return (
      <Stopped
        title="Sotto stopped on this device"
        words={codeWords(ended.code)}
        verb="Load again"
        onVerb={() => location.reload()}
      />
    );
  return (
    <main class={`home at-${here.kind}`}>
      <div class="side">
        <Chats session={session} />
        <Tabs />
      </div>
      <Pane session={session} />
    </main>
  );
}

/** What stands beside the list. A move into it takes the focus along, so that a screen reader says where one is. */
function Pane(props: { readonly session: Session }): JSX.Element {
  const { session } = props;
  const here = place.value;
  const pane = useRef<HTMLDivElement>(null);
  const first = useRef(true);
  useEffect(() => {
    if (!first.current && pane.current !== null) focusIn(pane.current);
    first.current = false;
  }, [here]);
  return (
    <div class="pane" ref={pane}>
      {content(session)}
    </div>
  );
}

/** To the field to write in where there is a keyboard: a phone would cover the screen with one. */
function focusIn(pane: HTMLElement): void {
  const field = matchMedia('(pointer: fine)').matches
    ? pane.querySelector<HTMLElement>('[data-focus]')
    : null;
  (field ?? pane.querySelector<HTMLElement>('h1'))?.focus();
}

function content(session: Session): JSX.Element {
  const here = place.value;
  switch (here.kind) {
    case 'chats':
      return <Nothing session={session} />;
    case 'conversation':
      return <Conversation key={here.contact} session={session} contact={here.contact} />;
    case 'contact':
      return <ContactScreen key={here.contact} session={session} contact={here.contact} />;
    case 'invite':
      return <Invite session={session} side={here.side} />;
    case 'introduce':
      return <Introduce key={here.contact} session={session} contact={here.contact} />;
    case 'introductions':
      return <Introductions session={session} />;
    case 'settings':
      return <Settings session={session} part={here.part} />;
    case 'network':
      return (
        <div class="screen wide-screen">
          <ScreenHead title="Network" onBack={back} />
          <NetworkView client={session.client} />
        </div>
      );
    default:
      return here satisfies never;
  }
}

/** The desktop's right side when nothing is chosen. */
function Nothing(props: { readonly session: Session }): JSX.Element {
  const none = props.session.contacts.value?.length === 0;
  return (
    <div class="nothing">
      <Mark size={64} />
      <p>{none ? 'Invite somebody to begin.' : 'Choose a conversation.'}</p>
    </div>
  );
}

function Tabs(): JSX.Element {
  const here = place.value.kind;
  const elsewhere = here === 'invite' || here === 'settings' || here === 'network';
  return (
    <nav class="tabs" aria-label="Parts of Sotto">
      <Tab icon="chats" label="Chats" current={!elsewhere} to={{ kind: 'chats' }} />
      <Tab
        icon="invite"
        label="Invite"
        current={here === 'invite'}
        to={{ kind: 'invite', side: 'give' }}
      />
      <Tab icon="network" label="Network" current={here === 'network'} to={{ kind: 'network' }} />
      <Tab
        icon="settings"
        label="Settings"
        current={here === 'settings'}
        to={{ kind: 'settings', part: 'plan' }}
      />
    </nav>
  );
}

function Tab(props: {
  readonly icon: IconName;
  readonly label: string;
  readonly current: boolean;
  readonly to: Place;
}): JSX.Element {
  return (
    <button
      type="button"
      class="tab"
      aria-current={props.current ? 'page' : undefined}
      onClick={() => go(props.to)}
    >
      <Icon name={props.icon} size={22} />
      <span>{props.label}</span>
    </button>
  );
}
