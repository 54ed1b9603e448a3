import { type Contact, MAX_PHOTO_BYTES, MAX_TEXT_BYTES } from '@sotto/client';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { nameOf } from '../model/clean-text.ts';
import { drafts } from '../model/drafts.ts';
import { failureWords } from '../model/failure-words.ts';
import type { Session } from '../model/session.ts';
import { shrinkPhoto } from '../model/shrink-photo.ts';
import { type LengthNotice, lengthNotice } from '../model/text-length.ts';
import { Icon } from '../ui/icons.tsx';

/** The field to write in. Enter sends where there is a keyboard, Shift and Enter begin a line. */
export function Composer(props: {
  readonly session: Session;
  readonly contact: Contact;
}): JSX.Element {
  const { session, contact } = props;
  const [text, setText] = useState(() => drafts.get(contact.id) ?? '');
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const notice = lengthNotice(text, MAX_TEXT_BYTES);
  const ready = text.trim() !== '' && notice.kind !== 'over';

  const change = (next: string): void => {
    setText(next);
    if (next === '') drafts.delete(contact.id);
    else drafts.set(contact.id, next);
  };
  // A field as high as its text, up to what the style allows.
  useLayoutEffect(() => {
    const box = field.current;
    if (box === null) return;
    box.style.height = 'auto';
    box.style.height = `${box.scrollHeight}px`;
  }, [text]);
  useEffect(() => {
    if (matchMedia('(pointer: fine)').matches) field.current?.focus();
  }, []);

  const send = async (): Promise<void> => {
    if (!ready) return;
    const taken = text;
    change('');
    setTrouble(undefined);
    try {
      await session.client.send(contact.id, taken);
    } catch (error) {
      // Nothing that was written is lost: it stands in the field again, before what came since.
      const since = drafts.get(contact.id);
      change(since === undefined ? taken : `${taken}\n${since}`);
      setTrouble(failureWords(error));
    }
  };

  /** What stands in the field says what the photo shows. */
  const attach = async (file: Blob): Promise<void> => {
    const words = text.trim();
    setTrouble(undefined);
    try {
      const bytes = await shrinkPhoto(file, MAX_PHOTO_BYTES);
      if (bytes === undefined) {
        setTrouble('This browser cannot read that as a picture.');
        return;
      }
      await session.client.sendPhoto(contact.id, bytes, { words });
      if ((drafts.get(contact.id) ?? '').trim() === words) change('');
    } catch (error) {
      setTrouble(failureWords(error));
    }
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {trouble !== undefined && (
        <p class="composer-note composer-warn" role="alert">
          {trouble}
        </p>
      )}
      <p
        class={notice.kind === 'over' ? 'composer-note composer-warn' : 'composer-note'}
        id="length"
        role="status"
        hidden={notice.kind === 'fits'}
      >
        {lengthWords(notice)}
      </p>
      <div class="composer-row">
        <input
          ref={picker}
          type="file"
          accept="image/*"
          class="unseen"
          tabIndex={-1}
          aria-hidden="true"
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            event.currentTarget.value = '';
            if (file !== undefined) void attach(file);
          }}
        />
        <button
          type="button"
          class="attach"
          aria-label="Send a photo; what is written in the field describes it"
          title="Send a photo"
          onClick={() => picker.current?.click()}
        >
          <Icon name="image" size={22} />
        </button>
        <label class="unseen" for="words">
          Message to {nameOf(contact)}
        </label>
        <textarea
          id="words"
          ref={field}
          data-focus
          rows={1}
          dir="auto"
          placeholder="Message"
          value={text}
          aria-describedby="length"
          aria-invalid={notice.kind === 'over'}
          onInput={(event) => change(event.currentTarget.value)}
          onKeyDown={(event) => {
            const sends =
              event.key === 'Enter' &&
              !event.shiftKey &&
              !event.isComposing &&
              matchMedia('(pointer: fine)').matches;
            if (!sends) return;
            event.preventDefault();
            void send();
          }}
        />
        <button type="submit" class="send" aria-label="Send" title="Send" disabled={!ready}>
          <Icon name="send" size={22} />
        </button>
      </div>
    </form>
  );
}

function lengthWords(notice: LengthNotice): string {
  const most = `One message holds ${MAX_TEXT_BYTES.toLocaleString()} bytes`;
  switch (notice.kind) {
    case 'near':
      return `${most}; ${notice.left.toLocaleString()} are left.`;
    case 'over':
      return `${most}; this is ${notice.over.toLocaleString()} too long. Send it in parts.`;
    case 'fits':
      return '';
    default:
      return notice satisfies never;
  }
}
