import type { JSX } from 'preact';
import { back, replace } from '../model/place.ts';
import type { Session } from '../model/session.ts';
import { ScreenHead } from '../ui/parts.tsx';
import { AcceptInvite } from './invite-accept.tsx';
import { GiveInvite } from './invite-give.tsx';

/** The two ends of an invite: one gives it, the other takes it. */
export function Invite(props: {
  readonly session: Session;
  readonly side: 'give' | 'accept';
}): JSX.Element {
  const { session, side } = props;
  return (
    <div class="screen">
      <ScreenHead title="Invite" onBack={back} />
      <nav class="choice" aria-label="Which end of an invite">
        <button
          type="button"
          aria-current={side === 'give' ? 'page' : undefined}
          onClick={() => replace({ kind: 'invite', side: 'give' })}
        >
          Invite somebody
        </button>
        <button
          type="button"
          aria-current={side === 'accept' ? 'page' : undefined}
          onClick={() => replace({ kind: 'invite', side: 'accept' })}
        >
          I was invited
        </button>
      </nav>
      {side === 'give' ? <GiveInvite session={session} /> : <AcceptInvite session={session} />}
    </div>
  );
}
