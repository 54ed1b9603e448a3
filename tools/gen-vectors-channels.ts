/** Makes spec/vectors/channels.json: frames, refusals, and a request with its answer (Spec 14 §5). */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Channels, decodeFrames, encodeFrames, type Frame } from '@sotto/channel';
import { fromHex, toHex, toUtf8 } from '@sotto/wire';

/** Where the vectors stand. */
export const VECTORS_FILE: string = fileURLToPath(
  new URL('../spec/vectors/channels.json', import.meta.url),
);

const ID = '0102030405060708';
const words = toUtf8('grüezi');

const shown = (frame: Frame): object => {
  const encoded = toHex(encodeFrames([frame]));
  return frame.kind === 'data'
    ? { ...frame, bytes: toHex(frame.bytes), encoded }
    : { ...frame, encoded };
};

const FRAMES: readonly Frame[] = [
  { kind: 'data', id: ID, place: 0, opens: 'feed', ends: false, bytes: new Uint8Array(0) },
  { kind: 'data', id: ID, place: 1, ends: false, bytes: words },
  { kind: 'data', id: ID, place: 0xffff_ffff, ends: true, bytes: new Uint8Array(0) },
  { kind: 'credit', id: ID, limit: 2 ** 53 - 1 },
  { kind: 'reset', id: ID, reason: 'refused' },
  { kind: 'reset', id: ID, reason: 'restarted' },
  { kind: 'restart' },
];

const REFUSED: readonly string[] = [
  '05',
  `01${ID}04000000000001aa`,
  `01${ID}0000000000000000`.slice(0, -2),
  `01${ID}00000000000000`,
  `01${ID}0000000000000000`,
  `01${ID}0100000000000000`,
  `01${ID}010000000001ff0000`,
  `02${ID}0020000000000000`,
  `03${ID}00`,
  `03${ID}08`,
  '04'.repeat(65),
];

function refusal(bytes: string): object {
  const read = decodeFrames(fromHex(bytes) ?? new Uint8Array(0));
  return { bytes, code: read.ok ? 'none' : read.error.code };
}

/** Payloads of one request, in the order in which they leave, each acknowledged before the next. */
function request(): object[] {
  const [asks, answers] = [new Channels(), new Channels()];
  const opened = asks.open({ fill: (out) => out.set(fromHex(ID) ?? []) }, 'price');
  if (!opened.ok) throw new Error(opened.error.code);
  const messages: object[] = [];
  const pass = (from: Channels, to: Channels, who: string): void => {
    const payload = from.take(900);
    if (payload === undefined) throw new Error('nothing leaves');
    to.receive(messages.length, payload.bytes);
    from.acked(payload);
    messages.push({ from: who, bytes: toHex(payload.bytes) });
  };
  asks.write(ID, toUtf8('how much?'));
  asks.end(ID);
  pass(asks, answers, 'opener');
  answers.read(ID, 100);
  answers.write(ID, toUtf8('3'));
  answers.end(ID);
  pass(answers, asks, 'other');
  return messages;
}

/** The text of the generated file. */
export function channelVectors(): string {
  const vectors = {
    spec: '14 §5',
    what: 'byte strings in lower-case hexadecimal; names as in the chapter',
    frames: FRAMES.map(shown),
    refused: REFUSED.map(refusal),
    request: request(),
  };
  return `${JSON.stringify(vectors, undefined, 2)}\n`;
}

if (import.meta.main) writeFileSync(VECTORS_FILE, channelVectors());
