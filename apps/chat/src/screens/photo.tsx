import type { Message } from '@sotto/client';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { cleanMessage } from '../model/clean-text.ts';
import type { Session } from '../model/session.ts';

/** The picture of a message: bytes that are shown as an image and as nothing else. */
export function Photo(props: {
  readonly session: Session;
  readonly message: Message;
}): JSX.Element {
  const { session, message } = props;
  const { contact, direction, id, photo } = message;
  const [url, setUrl] = useState<string | undefined>(undefined);
  const [gone, setGone] = useState(photo?.kept === false);
  useEffect(() => {
    let made: string | undefined;
    let over = false;
    const load = async (): Promise<void> => {
      try {
        const { bytes, type } = await session.client.photo({ contact, direction, id });
        if (over) return;
        made = URL.createObjectURL(new Blob([Uint8Array.from(bytes)], { type }));
        setUrl(made);
      } catch {
        // Not kept any more, or the client is over: the page says the one below, the other above.
        setGone(true);
      }
    };
    if (!gone) void load();
    return () => {
      over = true;
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, [session, contact, direction, id, gone]);
  const words = cleanMessage(message.text).text;
  if (gone) return <p class="photo-gone">A photo. Its picture is not kept any more.</p>;
  return (
    <figure class="photo" aria-busy={url === undefined}>
      {url !== undefined && (
        <img
          src={url}
          alt={words === '' ? 'A photo without a description' : words}
          onError={() => setGone(true)}
        />
      )}
      {direction === 'out' && photo !== undefined && photo.done < photo.parts && (
        <progress value={photo.done} max={photo.parts} aria-label="Parts that have arrived" />
      )}
    </figure>
  );
}
