import { KEY_BYTES } from './suite.ts';
import { toUtf8 } from '@sotto/wire';

/**
 * Domain separation (Spec 02 §3): every hash in the protocol is BLAKE2b keyed with a public,
 * 32-byte label, its ASCII text padded with zeros. (Personalisation would do the same, but
 * sodium-native does not reach it.) A secret enters only as part of the message.
 */
function label(text: string): Uint8Array {
  const out = new Uint8Array(KEY_BYTES);
  out.set(toUtf8(text));
  return out;
}

/** Every label there is, so that no two uses can share one by accident. */
const texts = {
  hop: 'hop',
  pathSeed: 'seed path',
  ephemeralSeed: 'seed ephemeral',
  bodySeed: 'seed body',
  bodyKeys: 'body keys',
  geometry: 'geometry',
  parameters: 'parameters',
  nodeName: 'node name',
  layer: 'layer',
  box: 'box',
  credential: 'credential',
  answerKey: 'answer key',
  descriptor: 'descriptor',
  contactBody: 'contact body',
  bundle: 'prekey bundle',
  handshake: 'handshake',
  rootToChains: 'chains',
  chainStep: 'chain step',
  messageKey: 'message key',
  storageKey: 'storage key',
  trace: 'trace',
  randomness: 'randomness',
  handshakeTranscript: 'transcript',
  handshakeIdentity: 'handshake identity',
  handshakeId: 'handshake id',
  inviteChecksum: 'invite checksum',
  storeName: 'store name',
  replayKey: 'replay key',
  replayPlace: 'replay place',
  greetingToken: 'greeting token',
  greetingBody: 'greeting body',
  greetingPuzzle: 'greeting puzzle',
  subHop: 'sub-hop',
  kemKey: 'kem key',
  kemCoins: 'kem coins',
  rootStep: 'root step',
  headerTag: 'header tag',
  kemStep: 'kem step',
  safetyNumber: 'safety number',
} as const;

/** The name of one use of the hash. */
export type Label = keyof typeof texts;

/** The 32-byte key of each use. Public constants. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys are those of `texts`
export const LABELS: Readonly<Record<Label, Uint8Array>> = Object.fromEntries(
  Object.entries(texts).map(([name, text]) => [name, label(`sotto/1 ${text}`)]),
) as Record<Label, Uint8Array>;
