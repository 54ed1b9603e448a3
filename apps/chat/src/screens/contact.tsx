import { type Contact, LIFETIMES } from '@sotto/client';
import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { nameOf } from '../model/clean-text.ts';
import { drafts } from '../model/drafts.ts';
import { failureWords } from '../model/failure-words.ts';
import { lifetimeWords } from '../model/format.ts';
import { back, go, replace } from '../model/place.ts';
import type { Session } from '../model/session.ts';
import { Confirm } from '../ui/confirm.tsx';
import { Icon, type IconName } from '../ui/icons.tsx';
import { Disc, Field, ScreenHead, Select, Theirs, Trouble } from '../ui/parts.tsx';
import { Switch } from '../ui/switch.tsx';
import { canIntroduce } from './introduce.tsx';
import { SafetyNumber } from './safety-number.tsx';

type Asking = 'clear' | 'remove' | undefined;

/** What can be done about one person. Nothing of it is told to them, but that nothing is told. */
export function ContactScreen(props: {
  readonly session: Session;
  readonly contact: string;
}): JSX.Element {
  const { session } = props;
  const contact = session.contact(props.contact);
  if (contact === undefined)
    return (
      <div class="nothing">
        <p>This contact is not here any more.</p>
      </div>
    );
  return <Known session={session} contact={contact} />;
}

function Known(props: { readonly session: Session; readonly contact: Contact }): JSX.Element {
  const { session, contact } = props;
  const { client } = session;
  const [asking, setAsking] = useState<Asking>(undefined);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const name = nameOf(contact);

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setAsking(undefined);
    setTrouble(undefined);
    try {
      await work();
    } catch (error) {
      setTrouble(failureWords(error));
    }
  };

  return (
    <div class="screen">
      <ScreenHead title="Contact" onBack={back} />
      <div class="person">
        <Disc name={name} large />
        <p class="person-name">
          <Theirs text={name} />
        </p>
        <p class="hint">{reach(contact)}</p>
      </div>
      {contact.outOfStep && (
        <Trouble>
          What comes from them does not open any more. One of you goes on with an older copy of an
          account: a restored backup, or a second device. What you write is lost, too. Make them an
          invite, and go on in the new conversation.
        </Trouble>
      )}
      {trouble !== undefined && <Trouble>{trouble}</Trouble>}
      <NameField
        key={contact.id}
        contact={contact}
        rename={(next) => attempt(() => client.rename(contact.id, next))}
      />
      {contact.stage !== 'failed' && <SafetyNumber client={client} contact={contact} />}
      <div class="card">
        <Switch
          icon="mute"
          title="Mute"
          note="Messages come as ever; nothing counts them for you."
          on={contact.muted}
          onChange={(on) => void attempt(() => client.setMuted(contact.id, on))}
        />
        <Switch
          icon="check"
          title="Tell them what arrived"
          note="Off, their messages stay “sent” for them, and go out once only."
          on={contact.acknowledges}
          onChange={(on) => void attempt(() => client.setAcknowledges(contact.id, on))}
        />
        <Switch
          icon="block"
          title="Block"
          note="What they send is dropped unread. Nothing tells them."
          on={contact.blocked}
          onChange={(on) => void attempt(() => client.setBlocked(contact.id, on))}
        />
      </div>
      {contact.stage !== 'failed' && (
        <section class="card pad" aria-label="Disappearing messages">
          <Select
            id="lifetime"
            label="Messages disappear"
            hint="On both sides, and they are told; either of you can change it. Yours count from when they leave, theirs from when you read them. Nothing keeps the other side from making a copy."
            value={contact.lifetimeSeconds}
            options={LIFETIMES.map((seconds) => [seconds, lifetimeWords(seconds)])}
            onChange={(seconds) => void attempt(() => client.setLifetime(contact.id, seconds))}
          />
        </section>
      )}
      {canIntroduce(contact) && (
        <div class="card">
          <Act
            icon="meet"
            title="Introduce to somebody"
            onClick={() => go({ kind: 'introduce', contact: contact.id })}
          >
            Two whom you know meet each other, when both say yes.
          </Act>
        </div>
      )}
      <div class="card">
        <Act icon="clear" title="Clear the conversation" onClick={() => setAsking('clear')}>
          Erases on this device what was said. Theirs stays.
        </Act>
        <Act icon="trash" title="Remove this contact" danger onClick={() => setAsking('remove')}>
          Erases keys and conversation. To talk again, you meet by a new invite.
        </Act>
      </div>
      {asking === 'clear' && (
        <Confirm
          title="Clear the conversation?"
          verb="Clear"
          onNo={() => setAsking(undefined)}
          onYes={() => void attempt(() => client.clearConversation(contact.id))}
        >
          <p>
            All that you and <Theirs text={name} /> wrote goes from this device. What is still on
            its way is delivered.
          </p>
        </Confirm>
      )}
      {asking === 'remove' && (
        <Confirm
          title="Remove this contact?"
          verb="Remove"
          onNo={() => setAsking(undefined)}
          onYes={() =>
            void attempt(async () => {
              await client.removeContact(contact.id);
              drafts.delete(contact.id);
              replace({ kind: 'chats' });
            })
          }
        >
          <p>
            The keys that you share with <Theirs text={name} /> are erased, with everything that you
            wrote. Nothing of theirs reaches you any more, and nothing tells them.
          </p>
        </Confirm>
      )}
    </div>
  );
}

function reach({ stage, replyBlocks }: Contact): string {
  if (stage === 'pending') return 'They have not answered yet.';
  if (stage === 'failed') return 'They never answered the invite.';
  return replyBlocks === 0
    ? 'No way to reach them until they come back.'
    : `${replyBlocks} sealed ways to reach them are at hand. Each carries one packet, and your messages bring new ones.`;
}

function NameField(props: {
  readonly contact: Contact;
  readonly rename: (name: string) => Promise<void>;
}): JSX.Element {
  const { contact, rename } = props;
  const [name, setName] = useState(contact.name);
  const changed = name.trim() !== contact.name;
  return (
    <form
      class="inline-form"
      onSubmit={(event) => {
        event.preventDefault();
        void rename(name.trim());
      }}
    >
      <Field
        id="contact-name"
        label="Name"
        hint="Only you see it."
        value={name}
        maxLength={60}
        onInput={setName}
      />
      <button type="submit" class="button quiet" disabled={!changed}>
        Save
      </button>
    </form>
  );
}

function Act(props: {
  readonly icon: IconName;
  readonly title: string;
  readonly danger?: boolean;
  readonly onClick: () => void;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <button
      type="button"
      class={props.danger === true ? 'row row-danger' : 'row'}
      onClick={props.onClick}
    >
      <Icon name={props.icon} />
      <span class="row-words">
        <span>{props.title}</span>
        <span class="hint">{props.children}</span>
      </span>
    </button>
  );
}
