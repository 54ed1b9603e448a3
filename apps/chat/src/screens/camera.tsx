import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { inviteIn } from '../model/invite-link.ts';
import { Trouble } from '../ui/parts.tsx';
import { loadDecoder, pixels } from './qr-reader.ts';

/** Gap between two looks, and the time that one may take, milliseconds: no long tasks while cover runs. */
const LOOK_EVERY_MILLIS = 200;
const LOOK_MILLIS = 30;
/** Longer side of a frame as it is looked at, pixels. */
const LOOK_SIDE = 720;

/** The camera's picture until an invite is seen in it. Pictures stay in this page. */
export function Camera(props: {
  readonly onFound: (invite: string) => void;
  readonly onClose: () => void;
}): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const { onFound, onClose } = props;

  useEffect(() => {
    let stream: MediaStream | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const watch = async (): Promise<void> => {
      try {
        stream = await navigator.mediaDevices.getUserMedia({
          video: { facingMode: 'environment' },
        });
        const decode = await loadDecoder();
        const shown = video.current;
        if (over || shown === null) return end();
        shown.srcObject = stream;
        await shown.play();
        const look = (): void => {
          const scale = LOOK_SIDE / Math.max(shown.videoWidth, shown.videoHeight, LOOK_SIDE);
          const image = pixels(
            shown,
            Math.round(shown.videoWidth * scale),
            Math.round(shown.videoHeight * scale),
          );
          const text = image === undefined ? undefined : decode(image, LOOK_MILLIS);
          const invite = text === undefined ? undefined : inviteIn(text);
          if (invite === undefined) timer = setTimeout(look, LOOK_EVERY_MILLIS);
          else onFound(invite);
        };
        look();
      } catch (error) {
        if (!over) setTrouble(cameraWords(error));
      }
    };
    const end = (): void => {
      over = true;
      clearTimeout(timer);
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    void watch();
    return end;
  }, []);

  return (
    <div class="camera">
      {trouble === undefined ? (
        <video ref={video} playsInline muted aria-label="What the camera sees" />
      ) : (
        <Trouble>{trouble}</Trouble>
      )}
      <button type="button" class="button quiet" onClick={onClose}>
        Close the camera
      </button>
    </div>
  );
}

function cameraWords(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError')
    return 'The camera was not allowed. Paste the link or choose a picture.';
  if (name === 'NotFoundError')
    return 'There is no camera here. Paste the link or choose a picture.';
  return 'The camera cannot be used in this browser. Paste the link or choose a picture.';
}
