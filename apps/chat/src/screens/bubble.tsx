import type { Message } from '@sotto/client';
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { cleanMessage } from '../model/clean-text.ts';
import { failureWords } from '../model/failure-words.ts';
import { timeOfDay } from '../model/format.ts';
import { standingWords } from '../model/message-words.ts';
import { messageKey } from '../model/order.ts';
import type { Session } from '../model/session.ts';
import { Photo } from './photo.tsx';
import { Theirs } from '../ui/parts.tsx';
import { StandingMark } from '../ui/standing-mark.tsx';

/** Letters and lines after which a message is folded. */
const FOLD_LETTERS = 1200;
const FOLD_LINES = 24;

/** One message, with how it stands when it goes out. */
export function Bubble(props: {
  readonly session: Session;
  readonly message: Message;
  readonly now: Date;
  /** First, and last, of a group by one person. */
  readonly begins: boolean;
  readonly ends: boolean;
  /** The newest of the conversation. */
  readonly newest: boolean;
  /** A search led to it. */
  readonly found: boolean;
}): JSX.Element {
  const { session, message, now, begins, ends, newest } = props;
  const out = message.direction === 'out';
  const failed = message.state === 'failed';
  const place = `line ${out ? 'line-out' : 'line-in'}${begins ? ' begins' : ''}${ends ? ' ends' : ''}${props.found ? ' found' : ''}`;
  return (
    <li class={place} id={messageKey(message)}>
      <span class="unseen">{out ? 'You: ' : 'They: '}</span>
      {message.photo !== undefined && <Photo session={session} message={message} />}
      {(message.photo === undefined || message.text !== '') && (
        <Words text={message.text} class={failed ? 'bubble bubble-failed' : 'bubble'} />
      )}
      {out ? (
        <Standing session={session} message={message} now={now} time={ends} open={newest} />
      ) : (
        ends && <time class="under">{timeOfDay(message.at)}</time>
      )}
    </li>
  );
}

function Words(props: { readonly text: string; readonly class: string }): JSX.Element {
  const [open, setOpen] = useState(false);
  const { text, changed } = useMemo(() => cleanMessage(props.text), [props.text]);
  const long = useMemo(() => isLong(text), [text]);
  return (
    <div class={props.class}>
      <p class="words">
        <Theirs text={long && !open ? folded(text) : text} />
      </p>
      {long && (
        <button type="button" class="unfold" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Show less' : `Show all ${text.length.toLocaleString()} letters`}
        </button>
      )}
      {changed && <p class="altered">Characters that cannot be seen were left out.</p>}
    </div>
  );
}

const isLong = (text: string): boolean =>
  text.length > FOLD_LETTERS || text.split('\n', FOLD_LINES + 1).length > FOLD_LINES;

const folded = (text: string): string =>
  `${text.split('\n', FOLD_LINES).join('\n').slice(0, FOLD_LETTERS).toWellFormed()}…`;

function Standing(props: {
  readonly session: Session;
  readonly message: Message;
  readonly now: Date;
  readonly time: boolean;
  readonly open: boolean;
}): JSX.Element {
  const { session, message, now, time } = props;
  const [asked, setAsked] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const beat = session.beatMillis(now) ?? 1000;
  const { standing, label, more } = standingWords(message, now, beat, session.online.value);
  const settled = standing === 'delivered';
  const sendAgain = async (): Promise<void> => {
    try {
      const { contact, text: words } = message;
      if (message.photo === undefined) await session.client.send(contact, words);
      else {
        const { bytes } = await session.client.photo(message);
        await session.client.sendPhoto(contact, bytes, { words });
      }
      setTrouble(undefined);
    } catch (error) {
      setTrouble(failureWords(error));
    }
  };
  return (
    <div class={settled ? 'under under-settled' : 'under'}>
      <span class="under-line">
        {time && <time>{timeOfDay(message.at)}</time>}
        <button
          type="button"
          class={`state state-${standing}`}
          aria-expanded={asked}
          title={settled ? label : undefined}
          onClick={() => setAsked(!asked)}
        >
          <StandingMark standing={standing} beatMillis={beat} />
          <span class={settled && !props.open ? 'state-words state-words-shy' : 'state-words'}>
            {label}
          </span>
        </button>
        {standing === 'failed' && (
          <button type="button" class="again" onClick={() => void sendAgain()}>
            Send again
          </button>
        )}
      </span>
      {asked && <span class="why">{more}</span>}
      {trouble !== undefined && (
        <span class="why why-warn" role="alert">
          {trouble}
        </span>
      )}
    </div>
  );
}
