import type { Contact, Message } from '@sotto/client';
import { ADDRESS, LINK, type Script } from '../scripted-client.ts';
import { HOSTILE_NAMES, HOSTILE_TEXTS } from '../hostile.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

const contact = (id: string, name: string, more: Partial<Contact> = {}): Contact => ({
  id,
  name,
  stage: 'active',
  replyBlocks: 12,
  muted: false,
  blocked: false,
  acknowledges: true,
  peerAcknowledges: true,
  lifetimeSeconds: 0,
  unread: 0,
  outOfStep: false,
  verified: false,
  ...more,
});

/** A conversation from lines of `> text` (theirs), `< text` (own) and minutes before `now`. */
function said(
  now: Date,
  who: string,
  lines: readonly (readonly [minutesAgo: number, text: string, more?: Partial<Message>])[],
): Message[] {
  return lines.map(([minutes, text, more], index) => {
    const out = text.startsWith('<');
    const state: Message['state'] = out ? 'delivered' : 'received';
    return {
      contact: who,
      direction: out ? 'out' : 'in',
      id: index + 1,
      text: text.slice(2),
      at: new Date(now.getTime() - minutes * MINUTE),
      state,
      ...(out ? { deliveredInMillis: 2900 + ((index * 737) % 1400) } : {}),
      ...more,
    };
  });
}

const people: readonly Contact[] = [
  contact('ana', 'Ana'),
  contact('father', 'Father', { unread: 2 }),
  contact('lea', 'Lea Okonjo', { replyBlocks: 0 }),
  contact('layla', 'ليلى', { unread: 1 }),
  contact('club', 'Chess on Thursdays', { muted: true, unread: 14 }),
  contact('mira', 'Mira', { stage: 'pending', replyBlocks: 0 }),
  contact('noor', 'Noor van den Berg-Oosterhuis of the Housing Cooperative', {}),
];

const talk = (now: Date): Message[] => [
  ...said(now, 'noor', [[9 * 1440, '> The minutes are with you by Friday.']]),
  ...said(now, 'club', [
    [3 * 1440, '< Who brings the clock?'],
    [2 * 1440, '> I do. And the good board.'],
  ]),
  ...said(now, 'layla', [[1500, '> شكراً، وصلتُ بخير']]),
  ...said(now, 'lea', [
    [2000, '> I am on the boat until Sunday'],
    [1450, '< Then have a good crossing', { state: 'waiting' }],
  ]),
  ...said(now, 'father', [
    [190, '< Did the doctor call?'],
    [42, '> She did. All is well.'],
    [41, '> Come by when you can'],
  ]),
  ...said(now, 'ana', [
    [1522, '< Are you there already?'],
    [1519, '> Just arrived. The house is colder than I remembered, but the stove works.'],
    [1518, '> Bring the thick blankets'],
    [34, '< Packed. Three of them, and grandmother’s kettle'],
    [33, '> 😍'],
    [12, '> Which train do you take?'],
    [3, '< The one at 16:20, so I am with you by seven. Can you meet me at the station?'],
    [2, '> Of course'],
    [1, '< Thank you'],
    [0.1, '< And leave the light on, please', { state: 'sent', via: 'direct' }],
  ]),
];

/** Each state of a message, for looking at. */
const states = (now: Date): Message[] =>
  said(now, 'ana', [
    [9, '< This one is delivered'],
    [7, '< This one could not be delivered', { state: 'failed', reason: 'no-acknowledgement' }],
    [
      5,
      '< This one lies in their mailbox',
      {
        state: 'sent',
        via: 'mailbox',
        keptUntil: new Date(now.getTime() + 12 * DAY),
      },
    ],
    [3.2, '< This one waits for them', { state: 'waiting' }],
    [0.2, '< This one is in the mix', { state: 'sent', via: 'direct' }],
    [0.1, '< And this one waits its turn', { state: 'queued' }],
  ]);

const invite = (now: Date, name: string, ready: boolean): Script['invites'][number] => ({
  id: `invite-${name}`,
  name,
  link: ready ? LINK : undefined,
  startedAt: new Date(now.getTime() - 7000),
  readyAt: new Date(now.getTime() + 13_000),
  expires: new Date(now.getTime() + 13 * DAY),
});

const introductions = (now: Date): Script['introductions'] => [
  {
    id: 'offer',
    state: 'offered',
    at: new Date(now.getTime() - 4 * MINUTE),
    side: 'introduced',
    by: 'ana',
    name: 'Kim Østergård',
    note: 'Kim has the key to the boathouse. You two should talk before Sunday.',
  },
  {
    id: 'own',
    state: 'offered',
    at: new Date(now.getTime() - 50 * MINUTE),
    side: 'introducer',
    contacts: ['father', 'noor'],
  },
  {
    id: 'met',
    state: 'met',
    at: new Date(now.getTime() - 600 * MINUTE),
    side: 'introduced',
    by: 'club',
    name: 'Lea',
    note: '',
    met: 'lea',
  },
];

/** What the stage can show, by name. */
export const scripts: Readonly<Record<string, (now: Date) => Partial<Script>>> = {
  empty: () => ({}),
  silent: () => ({ silent: true }),
  talk: (now) => ({ contacts: people, messages: talk(now) }),
  apart: (now) => ({
    contacts: people.map((each) => (each.id === 'ana' ? { ...each, outOfStep: true } : each)),
    messages: talk(now),
  }),
  offline: (now) => ({ contacts: people, messages: talk(now), online: false }),
  states: (now) => ({ contacts: people, messages: states(now) }),
  preparing: (now) => ({
    contacts: people,
    messages: talk(now),
    invites: [invite(now, 'Mira', false)],
  }),
  ready: (now) => ({ contacts: people, messages: talk(now), invites: [invite(now, 'Mira', true)] }),
  meeting: (now) => ({
    contacts: people,
    messages: talk(now),
    introductions: introductions(now),
    addresses: [
      {
        id: 'card',
        name: 'On my card',
        link: ADDRESS,
        startedAt: new Date(now.getTime() - 9 * DAY),
        readyAt: new Date(now.getTime() - 9 * DAY),
        people: 5,
        left: 3,
        awayMillis: 3 * DAY,
        cost: 18,
        met: 11,
      },
    ],
  }),
  hostile: (now) => ({
    introductions: HOSTILE_NAMES.map((name, index) => ({
      id: `i${index}`,
      state: 'offered',
      at: now,
      side: 'introduced',
      by: `h${index}`,
      name,
      note: HOSTILE_TEXTS[index % HOSTILE_TEXTS.length] ?? '',
    })),
    contacts: HOSTILE_NAMES.map((name, index) => contact(`h${index}`, name)),
    messages: HOSTILE_NAMES.flatMap((_, index) =>
      said(
        now,
        `h${index}`,
        HOSTILE_TEXTS.map((text, line) => [50 - line, `${line % 2 === 0 ? '>' : '<'} ${text}`]),
      ),
    ),
  }),
};
