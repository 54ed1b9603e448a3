import { ByteReader, ByteWriter } from '@sotto/wire';
import type { Outcome, Side, Talk } from './schedules.ts';

/** What is used of `@signalapp/libsignal-client`, which is not installed when this is compiled. */
export interface Libsignal {
  readonly ProtocolAddress: { readonly new: (name: string, device: number) => Address };
  readonly PrivateKey: { generate(): PrivateKey };
  readonly IdentityKeyPair: new (publicKey: PublicKey, privateKey: PrivateKey) => object;
  readonly KEMKeyPair: { generate(): { getPublicKey(): { serialize(): Bytes } } };
  readonly PreKeyRecord: {
    readonly new: (id: number, publicKey: PublicKey, privateKey: PrivateKey) => object;
  };
  readonly SignedPreKeyRecord: {
    readonly new: (
      id: number,
      at: number,
      publicKey: PublicKey,
      key: PrivateKey,
      signature: Bytes,
    ) => object;
  };
  readonly KyberPreKeyRecord: {
    readonly new: (id: number, at: number, keys: object, signature: Bytes) => object;
  };
  readonly PreKeyBundle: { readonly new: (...fields: readonly unknown[]) => object };
  readonly SessionStore: new () => object;
  readonly IdentityKeyStore: new () => object;
  readonly PreKeyStore: new () => object;
  readonly SignedPreKeyStore: new () => object;
  readonly KyberPreKeyStore: new () => object;
  readonly PreKeySignalMessage: { deserialize(bytes: Bytes): object };
  readonly SignalMessage: { deserialize(bytes: Bytes): object };
  readonly CiphertextMessageType: { readonly PreKey: number };
  readonly ErrorCode: { readonly DuplicatedMessage: number };
  processPreKeyBundle(...args: readonly unknown[]): Promise<void>;
  signalEncrypt(...args: readonly unknown[]): Promise<{ serialize(): Bytes; type(): number }>;
  signalDecrypt(...args: readonly unknown[]): Promise<Bytes>;
  signalDecryptPreKey(...args: readonly unknown[]): Promise<Bytes>;
}

type Bytes = Uint8Array<ArrayBuffer>;
type Address = object;
interface PublicKey {
  serialize(): Bytes;
}
interface PrivateKey {
  getPublicKey(): PublicKey;
  sign(bytes: Bytes): Bytes;
}

const other = (side: Side): Side => (side === 'a' ? 'b' : 'a');
const words = (index: number): Uint8Array => new ByteWriter(4).u32(index).bytes;

/** One person's stores, in memory. */
class Person {
  readonly address: Address;
  readonly identity: PrivateKey;
  readonly sessions: object;
  readonly identities: object;
  readonly prekeys: object;
  readonly signed: object;
  readonly kyber: object;

  constructor(lib: Libsignal, name: string) {
    this.address = lib.ProtocolAddress.new(name, 1);
    const key = lib.PrivateKey.generate();
    this.identity = key;
    const session = new Map<string, object>();
    this.sessions = Object.assign(new lib.SessionStore(), {
      saveSession: async (_: Address, record: object) => void session.set('', record),
      getSession: async () => session.get('') ?? null,
      getExistingSessions: async () => [...session.values()],
    });
    this.identities = Object.assign(new lib.IdentityKeyStore(), {
      getIdentityKey: async () => key,
      getIdentityKeyPair: async () => new lib.IdentityKeyPair(key.getPublicKey(), key),
      getLocalRegistrationId: async () => 5,
      saveIdentity: async () => 0,
      isTrustedIdentity: async () => true,
      getIdentity: async () => null,
    });
    const kept = new Map<string, object>();
    const store = (kind: string): { save: unknown; get: unknown } => ({
      save: async (id: number, record: object) => void kept.set(`${kind} ${id}`, record),
      get: async (id: number) => kept.get(`${kind} ${id}`),
    });
    const [prekey, signed, kyber] = ['prekey', 'signed', 'kyber'].map(store);
    this.prekeys = Object.assign(new lib.PreKeyStore(), {
      savePreKey: prekey?.save,
      getPreKey: prekey?.get,
      removePreKey: async () => undefined,
    });
    this.signed = Object.assign(new lib.SignedPreKeyStore(), {
      saveSignedPreKey: signed?.save,
      getSignedPreKey: signed?.get,
    });
    this.kyber = Object.assign(new lib.KyberPreKeyStore(), {
      saveKyberPreKey: kyber?.save,
      getKyberPreKey: kyber?.get,
      markKyberPreKeyUsed: async () => undefined,
    });
  }
}

/** libsignal's session, after its handshake and a message each way. */
export class SignalTalk implements Talk {
  readonly #lib: Libsignal;
  readonly #people: Record<Side, Person>;
  readonly #sealed: { readonly bytes: Bytes; readonly type: number }[] = [];

  private constructor(lib: Libsignal) {
    this.#lib = lib;
    this.#people = { a: new Person(lib, 'a'), b: new Person(lib, 'b') };
  }

  static async open(lib: Libsignal): Promise<SignalTalk> {
    const talk = new SignalTalk(lib);
    await talk.#meet();
    // The first is a handshake; the answer ends it.
    for (const side of ['a', 'b', 'a'] as const) {
      await talk.say(side);
      const heard = await talk.hear(other(side), 0);
      if (heard !== 'opened') throw new Error(`the first message was ${heard}`);
      talk.#sealed.pop();
    }
    return talk;
  }

  async say(side: Side): Promise<void> {
    const { sessions, identities, address } = this.#people[side];
    const peer = this.#people[other(side)].address;
    const text = words(this.#sealed.length);
    const sealed = await this.#lib.signalEncrypt(text, peer, address, sessions, identities);
    this.#sealed.push({ bytes: sealed.serialize(), type: sealed.type() });
  }

  async hear(side: Side, index: number): Promise<Outcome> {
    const sealed = this.#sealed[index];
    if (sealed === undefined) throw new RangeError(`"index" expected a message, got ${index}`);
    try {
      const opened = await this.#open(side, sealed.bytes, sealed.type);
      return new ByteReader(opened).u32() === index ? 'opened' : 'refused';
    } catch (error) {
      const { code } = error as { readonly code?: number };
      return code === this.#lib.ErrorCode.DuplicatedMessage ? 'duplicate' : 'refused';
    }
  }

  #open(side: Side, bytes: Bytes, type: number): Promise<Bytes> {
    const lib = this.#lib;
    const { address, sessions, identities, prekeys, signed, kyber } = this.#people[side];
    const from = this.#people[other(side)].address;
    if (type !== lib.CiphertextMessageType.PreKey) {
      const message = lib.SignalMessage.deserialize(bytes);
      return lib.signalDecrypt(message, from, address, sessions, identities);
    }
    const message = lib.PreKeySignalMessage.deserialize(bytes);
    const stores = [sessions, identities, prekeys, signed, kyber];
    return lib.signalDecryptPreKey(message, from, address, ...stores);
  }

  async #meet(): Promise<void> {
    const lib = this.#lib;
    const { a, b } = this.#people;
    const [prekey, signed] = [lib.PrivateKey.generate(), lib.PrivateKey.generate()];
    const kem = lib.KEMKeyPair.generate();
    const signature = b.identity.sign(signed.getPublicKey().serialize());
    const kemSignature = b.identity.sign(kem.getPublicKey().serialize());
    const stores = {
      ...(b.prekeys as { savePreKey(id: number, record: object): Promise<void> }),
      ...(b.signed as { saveSignedPreKey(id: number, record: object): Promise<void> }),
      ...(b.kyber as { saveKyberPreKey(id: number, record: object): Promise<void> }),
    };
    await stores.savePreKey(1, lib.PreKeyRecord.new(1, prekey.getPublicKey(), prekey));
    const record = lib.SignedPreKeyRecord.new(1, 0, signed.getPublicKey(), signed, signature);
    await stores.saveSignedPreKey(1, record);
    await stores.saveKyberPreKey(1, lib.KyberPreKeyRecord.new(1, 0, kem, kemSignature));
    const bundle = lib.PreKeyBundle.new(
      5,
      1,
      1,
      prekey.getPublicKey(),
      1,
      signed.getPublicKey(),
      signature,
      b.identity.getPublicKey(),
      1,
      kem.getPublicKey(),
      kemSignature,
    );
    await lib.processPreKeyBundle(bundle, b.address, a.address, a.sessions, a.identities);
  }
}
