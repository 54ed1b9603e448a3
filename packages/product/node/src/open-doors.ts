import { type Client, type Introduction, SottoError } from '@sotto/client';
import { printableLine } from './chat-text.ts';

/** Takes an invite or an address back, by its id. Rejects with `unknown-invite` when it is neither. */
export async function revoke(client: Client, id: string): Promise<void> {
  try {
    await client.revokeAddress(id);
  } catch (error) {
    if (!(error instanceof SottoError) || error.code !== 'unknown-address') throw error;
    await client.revokeInvite(id);
  }
}

/** Every invite and address that is open, one a line, with what begins its id. */
export async function openDoors(client: Client): Promise<readonly string[]> {
  const invites = (await client.invites()).map(
    ({ id, name, link, expires }) =>
      `${id.slice(0, SHORT)}  invite${forName(name)}, until ${expires.toISOString().slice(0, 10)}: ${link ?? 'not ready yet'}`,
  );
  const addresses = (await client.addresses()).map(
    ({ id, name, link, people, left, met }) =>
      `${id.slice(0, SHORT)}  address${forName(name)}, ${people} people a day, ${left} more today, ${met} so far: ${link ?? 'not ready yet'}`,
  );
  return [...invites, ...addresses];
}

/** The whole id of an invite or address that begins so; undefined when none does, or several do. */
export async function findDoor(client: Client, start: string): Promise<string | undefined> {
  const all = [...(await client.invites()), ...(await client.addresses())];
  return only(all, start);
}

/** The same of an introduction. */
export async function findIntroduction(client: Client, start: string): Promise<string | undefined> {
  return only(await client.introductions(), start);
}

const STATES: Readonly<Record<Introduction['state'], string>> = {
  offered: 'nobody has answered yet',
  accepted: 'you said yes; the other has not yet',
  connecting: 'both said yes; you are about to meet',
  met: 'you have met',
  connected: 'both said yes',
  declined: 'you said no',
  withdrawn: 'it comes to nothing',
  failed: 'it did not come about',
};

/** An introduction in one line, fit to be printed. */
export function introductionLine(
  introduction: Introduction,
  nameOf: (contact: string) => string,
): string {
  const { id, state } = introduction;
  if (introduction.side === 'introducer') {
    const [first, second] = introduction.contacts;
    return `${id.slice(0, SHORT)}  ${nameOf(first)} and ${nameOf(second)}: ${STATES[state]}`;
  }
  const { by, name, note } = introduction;
  const said = note === '' ? '' : `, who says: ${printableLine(note, NOTE)}`;
  const how = state === 'offered' ? 'yes or no?' : STATES[state];
  // Of one introducer all ids begin alike: what follows the dash tells them apart.
  const short = id.slice(id.indexOf('-') + 1).slice(0, SHORT);
  return `${short}  ${printableLine(name)}, by ${nameOf(by)}${said}: ${how}`;
}

/** Characters of an id that people type. */
const SHORT = 8;
const NOTE = 256;

const forName = (name: string): string => (name === '' ? '' : ` for ${printableLine(name)}`);

function only(all: readonly { readonly id: string }[], start: string): string | undefined {
  if (start === '') return undefined;
  const found = all.filter(({ id }) => id.slice(id.indexOf('-') + 1).startsWith(start));
  return found.length === 1 ? found[0]?.id : undefined;
}
