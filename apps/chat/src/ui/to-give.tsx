import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { about } from '../model/format.ts';
import { pageLink } from '../model/invite-link.ts';
import { Icon } from './icons.tsx';
import { PreparingRing } from './preparing-ring.tsx';
import { QrCode } from './qr-code.tsx';

/** While the stash at the meeting point is filled: how long it takes is said, and shown. */
export function Preparing(props: {
  readonly startedAt: Date;
  readonly readyAt: Date;
  readonly online: boolean;
}): JSX.Element {
  const { startedAt, readyAt } = props;
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const whole = Math.max(1, readyAt.getTime() - startedAt.getTime());
  const left = readyAt.getTime() - now;
  const done = Math.min(0.97, Math.max(0.03, 1 - left / whole));
  return (
    <div class="preparing">
      <PreparingRing share={done} />
      <p class="preparing-words" role="status">
        {preparingWords(left, props.online)}
      </p>
      <p class="hint">
        Sealed ways to reach you are laid out at a meeting point, at the same steady beat as
        everything else. You can go on; it stays here.
      </p>
    </div>
  );
}

/** The estimate holds while packets go; what it cannot know is said, not smoothed over. */
function preparingWords(leftMillis: number, online: boolean): string {
  if (!online) return 'Waiting for the network';
  return leftMillis > 0 ? `Ready in about ${about(leftMillis)}` : 'It takes longer than thought';
}

/** A link as a code to scan, to copy, and to share; the children say what is done with it. */
export function ToGive(props: {
  readonly link: string;
  readonly what: 'invite' | 'address';
  readonly children: ComponentChildren;
}): JSX.Element {
  const { link, what } = props;
  const whole = pageLink(link, location);
  const canShare = typeof navigator.share === 'function';
  return (
    <div class="ready">
      <QrCode text={link} label={`The ${what} as a QR code`} />
      <div class="row-fill">
        <CopyButton text={whole} words="Copy link" main />
        {canShare && (
          <button
            type="button"
            class="button quiet"
            onClick={() => {
              // Rejects when the person closes the sheet: nothing to say then.
              navigator.share({ text: whole }).catch(() => undefined);
            }}
          >
            <Icon name="share" size={18} />
            Share
          </button>
        )}
        <CopyButton text={link} words="Copy code" />
      </div>
      <ol class="steps">{props.children}</ol>
      <p class="link-text" dir="ltr">
        {whole}
      </p>
    </div>
  );
}

type Copied = 'no' | 'yes' | 'refused';

function CopyButton(props: {
  readonly text: string;
  readonly words: string;
  readonly main?: boolean;
}): JSX.Element {
  const { text, words, main = false } = props;
  const [copied, setCopied] = useState<Copied>('no');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied('yes');
    } catch {
      // No right to the clipboard: the link stands below to be marked by hand.
      setCopied('refused');
    }
  };
  const said: Readonly<Record<Copied, string>> = {
    no: words,
    yes: 'Copied',
    refused: 'Mark it below and copy',
  };
  return (
    <button type="button" class={main ? 'button' : 'button quiet'} onClick={() => void copy()}>
      <Icon name={copied === 'yes' ? 'check' : 'copy'} size={18} />
      <span role="status">{said[copied]}</span>
    </button>
  );
}
