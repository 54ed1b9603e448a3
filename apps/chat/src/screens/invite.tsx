import type { JSX } from 'preact';
import { back, type InviteSide, replace } from '../model/place.ts';
import type { Session } from '../model/session.ts';
import { ScreenHead } from '../ui/parts.tsx';
import { Addresses } from './addresses.tsx';
import { AcceptInvite } from './invite-accept.tsx';
import { GiveInvite } from './invite-give.tsx';

const SIDES: readonly (readonly [InviteSide, string])[] = [
  ['give', 'A friend'],
  ['address', 'Everybody'],
  ['accept', 'I was invited'],
];

/** The ways to meet: one gives an invite, the other takes it; an address is for everybody. */
export function Invite(props: {
  readonly session: Session;
  readonly side: InviteSide;
}): JSX.Element {
  const { session, side } = props;
  return (
    <div class="screen">
      <ScreenHead title="Invite" onBack={back} />
      <nav class="choice" aria-label="Ways to meet">
        {SIDES.map(([each, words]) => (
          <button
            key={each}
            type="button"
            aria-current={side === each ? 'page' : undefined}
            onClick={() => replace({ kind: 'invite', side: each })}
          >
            {words}
          </button>
        ))}
      </nav>
      {content(session, side)}
    </div>
  );
}

function content(session: Session, side: InviteSide): JSX.Element {
  if (side === 'address') return <Addresses session={session} />;
  return side === 'give' ? <GiveInvite session={session} /> : <AcceptInvite session={session} />;
}
