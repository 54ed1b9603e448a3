import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { type Client, type ClientEvent, type Contact, SottoError } from '@sotto/client';
import { z } from 'zod';
import { findContact, nameOf } from './contact-names.ts';
import { PhotoFileError, savePhoto, sendPhotoFile } from './photo-files.ts';
import { revoke } from './open-doors.ts';

const empty = z.strictObject({});
const ref = z.union([z.string(), z.number()]).optional();

/** One command a line; `ref` comes back in its answer. */
const command = z.union([
  z.strictObject({ ref, send: z.strictObject({ contact: z.string(), text: z.string() }) }),
  z.strictObject({
    ref,
    photo: z.strictObject({
      contact: z.string(),
      file: z.string(),
      words: z.string().optional(),
    }),
  }),
  z.strictObject({
    ref,
    save: z.strictObject({ contact: z.string(), file: z.string(), id: z.number().optional() }),
  }),
  z.strictObject({
    ref,
    accept: z.strictObject({ link: z.string(), name: z.string().optional() }),
  }),
  z.strictObject({ ref, rename: z.strictObject({ contact: z.string(), name: z.string() }) }),
  z.strictObject({
    ref,
    acknowledge: z.strictObject({ contact: z.string(), on: z.boolean() }),
  }),
  z.strictObject({
    ref,
    lifetime: z.strictObject({ contact: z.string(), seconds: z.number() }),
  }),
  z.strictObject({ ref, 'safety-number': z.strictObject({ contact: z.string() }) }),
  z.strictObject({ ref, verify: z.strictObject({ contact: z.string(), number: z.string() }) }),
  z.strictObject({ ref, read: z.strictObject({ contact: z.string() }) }),
  z.strictObject({ ref, messages: z.strictObject({ contact: z.string() }) }),
  z.strictObject({ ref, invite: empty }),
  z.strictObject({ ref, invites: empty }),
  z.strictObject({ ref, revoke: z.strictObject({ id: z.string() }) }),
  z.strictObject({
    ref,
    address: z.strictObject({
      name: z.string().optional(),
      people: z.number().optional(),
      cost: z.number().optional(),
    }),
  }),
  z.strictObject({ ref, addresses: empty }),
  z.strictObject({
    ref,
    introduce: z.strictObject({
      contacts: z.tuple([z.string(), z.string()]),
      names: z.tuple([z.string(), z.string()]).optional(),
      note: z.string().optional(),
    }),
  }),
  z.strictObject({ ref, introductions: empty }),
  z.strictObject({ ref, 'accept-introduction': z.strictObject({ id: z.string() }) }),
  z.strictObject({ ref, 'decline-introduction': z.strictObject({ id: z.string() }) }),
  z.strictObject({ ref, contacts: empty }),
  z.strictObject({ ref, status: empty }),
  z.strictObject({ ref, quit: empty }),
]);
type Command = z.infer<typeof command>;

/** Characters of one command line at most: a text of 64 KiB, escaped throughout. */
const MAX_LINE = 400_000;

/**
 * A chat for programs: one JSON event a line out, one JSON command a line in. Ends with `quit`, with
 * the end of the input, or with the client. Texts come as the other sent them, unescaped but for JSON.
 *
 * @returns the error that ended the client; undefined otherwise.
 */
export async function chatJson(
  client: Client,
  options: {
    readonly input: Readable;
    readonly output: Writable;
    readonly signal: AbortSignal;
    /** An invite to begin with. */
    readonly accept?: { readonly link: string; readonly name?: string } | undefined;
  },
): Promise<unknown> {
  const { input, output, signal, accept } = options;
  const say = (event: string, fields: object = {}): void => {
    output.write(`${JSON.stringify({ event, ...fields })}\n`);
  };
  const lines = createInterface({ input, crlfDelay: Infinity });
  const stop = (): void => lines.close();
  signal.addEventListener('abort', stop);
  const telling = tell(client, say).finally(stop);
  if (accept !== undefined) void run(client, { accept }, say);
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const read = readCommand(line);
    if (typeof read === 'string') {
      say('error', { code: 'bad-command', message: read });
      continue;
    }
    if ('quit' in read) break;
    const done = run(client, read, say);
    // In the order of the lines: a message to a name that the line before gave. But an acceptance and an
    // invite may take days.
    if (!('accept' in read || 'invite' in read || 'address' in read)) await done;
  }
  lines.close();
  signal.removeEventListener('abort', stop);
  await client.close();
  const ended = await telling;
  say('closed');
  return ended;
}

async function tell(
  client: Client,
  say: (event: string, fields?: object) => void,
): Promise<unknown> {
  const events = client.events();
  try {
    const { plan, online, nodes, contacts } = await client.status();
    const names = new Map(contacts.map((contact) => [contact.id, nameOf(contact)]));
    say('open', { plan, online, nodes, contacts: contacts.map(named) });
    for await (const event of events) {
      if (event.kind === 'contact-added' || event.kind === 'contact-changed') {
        names.set(event.contact.id, nameOf(event.contact));
      }
      const told = jsonEvent(names, event);
      if (told === undefined) continue;
      const { kind, ...fields } = told;
      say(kind, fields);
    }
    return undefined;
  } catch (error) {
    return error;
  }
}

type Named = { readonly kind: string } & Readonly<Record<string, unknown>>;

/** Dates as ISO texts, ids with the local names beside them. Undefined of what a program can ask for, and would hear of twice. */
function jsonEvent(names: ReadonlyMap<string, string>, event: ClientEvent): Named | undefined {
  switch (event.kind) {
    case 'invite-ready': {
      const { id, link, expires } = event.invitation;
      return { kind: event.kind, invite: id, link, expires: expires.toISOString() };
    }
    case 'address-ready':
      return { kind: event.kind, address: event.address.id, link: event.address.link };
    case 'contact-added':
      return { kind: event.kind, contact: event.contact.id, name: nameOf(event.contact) };
    case 'message-received':
      return { ...event, name: names.get(event.contact) ?? '' };
    case 'contact-failed':
    case 'message-state':
    case 'invite-started':
    case 'accept-started':
    case 'online':
    case 'offline':
    case 'directory':
    case 'invite-closed':
    case 'address-started':
    case 'address-closed':
    case 'introduction':
    case 'contact-removed':
    case 'conversation-cleared':
    case 'messages-erased':
    case 'out-of-step':
    case 'plan':
    case 'alarm':
      return event;
    case 'contact-changed':
    case 'message-changed':
    case 'slots':
    case 'restarted':
      return undefined;
  }
}

const named = (contact: Contact): object => {
  const { last: _, name: __, ...rest } = contact;
  return { ...rest, name: nameOf(contact) };
};

function readCommand(line: string): Command | string {
  if (line.length > MAX_LINE) return `expected at most ${MAX_LINE} characters a line`;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'expected one JSON object a line';
  }
  const read = command.safeParse(value);
  return read.success
    ? read.data
    : 'expected {"send":{"contact","text"}}, {"photo":{"contact","file"[,"words"]}}, {"save":{"contact","file"[,"id"]}}, {"accept":{"link"[,"name"]}}, {"rename":{"contact","name"}}, ' +
        '{"acknowledge":{"contact","on"}}, {"lifetime":{"contact","seconds"}}, {"read":{"contact"}}, {"messages":{"contact"}}, {"safety-number":{"contact"}}, {"verify":{"contact","number"}}, {"invite":{}}, {"invites":{}}, {"address":{["name"]["people"]["cost"]}}, {"addresses":{}}, {"revoke":{"id"}}, {"introduce":{"contacts":[,][,"names":[,]][,"note"]}}, {"introductions":{}}, {"accept-introduction":{"id"}}, {"decline-introduction":{"id"}}, {"contacts":{}}, {"status":{}} or {"quit":{}}, each with or without "ref"';
}

async function run(
  client: Client,
  order: Exclude<Command, { quit: object }>,
  say: (event: string, fields?: object) => void,
): Promise<void> {
  const back = order.ref === undefined ? {} : { ref: order.ref };
  const contactOf = async (text: string): Promise<string> => {
    const found = findContact(await client.contacts(), text);
    if (found === undefined) throw new SottoError('unknown-contact');
    return found.id;
  };
  try {
    if ('send' in order) {
      const { contact, id } = await client.send(
        await contactOf(order.send.contact),
        order.send.text,
      );
      say('accepted', { ...back, contact, id });
    } else if ('photo' in order) {
      const { contact: name, file, words = '' } = order.photo;
      const { contact, id } = await sendPhotoFile(client, await contactOf(name), file, words);
      say('accepted', { ...back, contact, id });
    } else if ('save' in order) {
      const contact = await contactOf(order.save.contact);
      const id = await savePhoto(client, contact, order.save.file, order.save.id);
      say('saved', { ...back, contact, id });
    } else if ('accept' in order) {
      const { link, name } = order.accept;
      const contact = await client.accept(link, name === undefined ? {} : { name });
      say('met', { ...back, contact: contact.id, name: nameOf(contact) });
    } else if ('invite' in order) {
      const { id, link, expires } = await client.invite();
      say('invited', { ...back, invite: id, link, expires: expires.toISOString() });
    } else if ('invites' in order) {
      say('invites', { ...back, invites: await client.invites() });
    } else if ('address' in order) {
      const { name, people, cost } = order.address;
      const { id, link } = await client.address({
        ...(name === undefined ? {} : { name }),
        ...(people === undefined ? {} : { people }),
        ...(cost === undefined ? {} : { cost }),
      });
      say('addressed', { ...back, address: id, link });
    } else if ('addresses' in order) {
      say('addresses', { ...back, addresses: await client.addresses() });
    } else if ('revoke' in order) {
      await revoke(client, order.revoke.id);
      say('revoked', { ...back, id: order.revoke.id });
    } else if ('introduce' in order) {
      const { contacts, names, note } = order.introduce;
      const id = await client.introduce(
        await contactOf(contacts[0]),
        await contactOf(contacts[1]),
        {
          ...(names === undefined ? {} : { names }),
          ...(note === undefined ? {} : { note }),
        },
      );
      say('introduced', { ...back, introduction: id });
    } else if ('introductions' in order) {
      say('introductions', { ...back, introductions: await client.introductions() });
    } else if ('accept-introduction' in order) {
      await client.acceptIntroduction(order['accept-introduction'].id);
      say('introduction-accepted', back);
    } else if ('decline-introduction' in order) {
      await client.declineIntroduction(order['decline-introduction'].id);
      say('introduction-declined', back);
    } else if ('rename' in order) {
      await client.rename(await contactOf(order.rename.contact), order.rename.name);
      say('renamed', back);
    } else if ('acknowledge' in order) {
      const { contact, on } = order.acknowledge;
      await client.setAcknowledges(await contactOf(contact), on);
      say('acknowledges', { ...back, on });
    } else if ('read' in order) {
      await client.markRead(await contactOf(order.read.contact));
      say('read', back);
    } else if ('lifetime' in order) {
      const { contact, seconds } = order.lifetime;
      await client.setLifetime(await contactOf(contact), seconds);
      say('lifetime', { ...back, seconds });
    } else if ('safety-number' in order) {
      const contact = await contactOf(order['safety-number'].contact);
      say('safety-number', { ...back, contact, number: await client.safetyNumber(contact) });
    } else if ('verify' in order) {
      const contact = await contactOf(order.verify.contact);
      await client.setVerified(contact, order.verify.number);
      say('verified', { ...back, contact, verified: order.verify.number !== '' });
    } else if ('messages' in order) {
      const messages = await client.messages(await contactOf(order.messages.contact));
      say('messages', { ...back, messages });
    } else if ('contacts' in order) {
      say('contacts', { ...back, contacts: (await client.contacts()).map(named) });
    } else say('status', { ...back, status: await client.status() });
  } catch (error) {
    if (error instanceof PhotoFileError) {
      say('error', { ...back, code: 'file', message: error.message });
      return;
    }
    if (!(error instanceof SottoError)) throw error;
    // Whoever quits needs no word on what was still waited for.
    if (error.code === 'closed') return;
    say('error', { ...back, code: error.code, message: error.message });
  }
}
