// Made by tools/gen-examples.ts from packages/product/client/src/client-io.ts: change it there.
import type { ClientClientIoStage as Stage } from '../stages.ts';

/** Line 65. */
export async function clientOnlineExample({ client, console }: Pick<Stage, 'client' | 'console'>) {
  await client.online({ signal: AbortSignal.timeout(60_000) });
  console.log((await client.status()).guard);
}

/** Line 78. */
export async function clientInviteExample({ client, console }: Pick<Stage, 'client' | 'console'>) {
  const invitation = await client.invite({ name: 'Bob' });
  console.log(invitation.link, invitation.expires); // for Bob alone
  return { invitation };
}

/** Line 88. */
export async function clientInvitesExample({ client, console }: Pick<Stage, 'client' | 'console'>) {
  for (const { name, link, readyAt } of await client.invites()) {
    console.log(name, link ?? `ready at about ${readyAt.toISOString()}`);
  }
}

/** Line 99. */
export async function clientRevokeInviteExample({ client }: Pick<Stage, 'client'>) {
  for (const { id, name } of await client.invites()) {
    if (name === 'Mallory') await client.revokeInvite(id);
  }
}

/** Line 112. */
export async function clientAddressExample({ client, console }: Pick<Stage, 'client' | 'console'>) {
  const { link } = await client.address({ name: 'from my card', people: 3, cost: 12 });
  console.log(link); // anybody may read it
  return { link };
}

/** Line 122. */
export async function clientAddressesExample({ client, console }: Pick<Stage, 'client' | 'console'>) {
  for (const { name, left, people } of await client.addresses()) {
    console.log(`${name}: ${left} of ${people} may still come today`);
  }
}

/** Line 133. */
export async function clientRevokeAddressExample({ client }: Pick<Stage, 'client'>) {
  const [address] = await client.addresses();
  if (address !== undefined) await client.revokeAddress(address.id);
  return { address };
}

/** Line 149. */
export async function clientIntroduceExample({ bob, carol, client }: Pick<Stage, 'bob' | 'carol' | 'client'>) {
  await client.introduce(bob, carol, { names: ['Bob', 'Carol'], note: 'You both collect moss.' });
}

/** Line 162. */
export async function clientIntroductionsExample({ client, console }: Pick<Stage, 'client' | 'console'>) {
  for (const each of await client.introductions()) {
    if (each.side === 'introduced') console.log(`${each.name}: ${each.note}`);
  }
}

/** Line 173. */
export async function clientAcceptIntroductionExample({ client }: Pick<Stage, 'client'>) {
  const offered = await client.introductions();
  const moss = offered.find((each) => each.side === 'introduced' && each.name === 'Carol');
  if (moss !== undefined) await client.acceptIntroduction(moss.id);
  return { offered, moss };
}

/** Line 184. */
export async function clientDeclineIntroductionExample({ client }: Pick<Stage, 'client'>) {
  for (const { id, state } of await client.introductions()) {
    if (state === 'offered') await client.declineIntroduction(id);
  }
}

/** Line 198. */
export async function clientAcceptExample({ client, link }: Pick<Stage, 'client' | 'link'>) {
  const alice = await client.accept(link, { name: 'Alice' });
  await client.send(alice.id, 'It is me.');
  return { alice };
}

/** Line 208. */
export async function clientContactsExample({ client }: Pick<Stage, 'client'>) {
  const names = (await client.contacts()).map(({ name, unread }) => `${name} (${unread})`);
  return { names };
}

/** Line 217. */
export async function clientRenameExample({ client, contact }: Pick<Stage, 'client' | 'contact'>) {
  await client.rename(contact, 'Bob from work');
}

/** Line 226. */
export async function clientSetMutedExample({ client, contact }: Pick<Stage, 'client' | 'contact'>) {
  await client.setMuted(contact, true);
  const loud = (await client.contacts()).filter(({ muted }) => !muted);
  return { loud };
}

/** Line 237. */
export async function clientSetBlockedExample({ client, contact }: Pick<Stage, 'client' | 'contact'>) {
  await client.setBlocked(contact, true);
  await client.setBlocked(contact, false); // what came between is lost
}

/** Line 249. */
export async function clientSetAcknowledgesExample({ client, contact }: Pick<Stage, 'client' | 'contact'>) {
  await client.setAcknowledges(contact, false); // they see `sent` and no more
}

/** Line 261. */
export async function clientSetLifetimeExample({ client, contact }: Pick<Stage, 'client' | 'contact'>) {
  await client.setLifetime(contact, 86_400); // a day
}

/** Line 272. */
export async function clientSafetyNumberExample({ client, console, contact }: Pick<Stage, 'client' | 'console' | 'contact'>) {
  const number = await client.safetyNumber(contact);
  console.log(number); // to be read out to each other
  return { number };
}

/** Line 284. */
export async function clientSetVerifiedExample({ client, contact }: Pick<Stage, 'client' | 'contact'>) {
  await client.setVerified(contact, await client.safetyNumber(contact)); // after it was compared
}

/** Line 293. */
export async function clientRemoveContactExample({ client, contact }: Pick<Stage, 'client' | 'contact'>) {
  await client.removeContact(contact);
}

/** Line 302. */
export async function clientClearConversationExample({ client, contact }: Pick<Stage, 'client' | 'contact'>) {
  await client.clearConversation(contact);
}

/** Line 311. */
export async function clientMarkReadExample({ client, contact }: Pick<Stage, 'client' | 'contact'>) {
  await client.markRead(contact);
}

/** Line 320. */
export async function clientMessagesExample({ client, console, contact }: Pick<Stage, 'client' | 'console' | 'contact'>) {
  for (const { direction, text, state } of await client.messages(contact)) {
    console.log(direction, text, state);
  }
}

/** Line 333. */
export async function clientSendExample({ client, console, contact }: Pick<Stage, 'client' | 'console' | 'contact'>) {
  const sent = await client.send(contact, 'Hello');
  for await (const state of sent) console.log(state); // queued, sent, delivered
  return { sent };
}

/** Line 348. */
export async function clientSendPhotoExample({ client, console, contact, jpeg }: Pick<Stage, 'client' | 'console' | 'contact' | 'jpeg'>) {
  const photo = await client.sendPhoto(contact, jpeg, { words: 'moss on a stone' });
  console.log(photo.state);
  return { photo };
}

/** Line 362. */
export async function clientPhotoExample({ client, console, contact }: Pick<Stage, 'client' | 'console' | 'contact'>) {
  for (const message of await client.messages(contact)) {
    if (message.photo?.kept !== true) continue;
    const { type, bytes } = await client.photo(message);
    console.log(message.text, type, bytes.length);
  }
}

/** Line 375. */
export async function clientEventsExample({ client, console, signal }: Pick<Stage, 'client' | 'console' | 'signal'>) {
  for await (const event of client.events({ signal })) {
    if (event.kind === 'message-received') console.log(event.text); // any text: escape it
  }
}

/** Line 386. */
export async function clientStatusExample({ client, console }: Pick<Stage, 'client' | 'console'>) {
  const { slots, loops, alarms } = await client.status();
  console.log(slots.real, `${loops.returned} of ${loops.sent} came back`, alarms.length);
  return { slots, loops, alarms };
}

/** Line 396. */
export async function clientPlanExample({ client, console }: Pick<Stage, 'client' | 'console'>) {
  const { name, bytesAMonth } = await client.plan();
  console.log(`${name}: ${Math.round(bytesAMonth / 1e6)} MB a month`);
  return { name, bytesAMonth };
}

/** Line 407. */
export async function clientSetPlanExample({ client, console }: Pick<Stage, 'client' | 'console'>) {
  const { from } = await client.setPlan('mobile');
  console.log(`begins ${from.toISOString()}`);
  return { from };
}

/** Line 417. */
export async function clientProfileExample({ client }: Pick<Stage, 'client'>) {
  const { name } = await client.profile();
  return { name };
}

/** Line 426. */
export async function clientSetProfileExample({ client }: Pick<Stage, 'client'>) {
  await client.setProfile({ name: 'Ada' });
}

/** Line 439. */
export async function clientExportAccountExample({ client }: Pick<Stage, 'client'>) {
  const file = await client.exportAccount('four or five random words');
  await client.close(); // `importAccount` takes the file in elsewhere
  return { file };
}

/** Line 449. */
export async function clientWipeExample({ client }: Pick<Stage, 'client'>) {
  await client.wipe();
}

/** Line 458. */
export async function clientCloseExample({ client }: Pick<Stage, 'client'>) {
  await client.close();
}
