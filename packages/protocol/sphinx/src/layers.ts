import {
  type CryptoSuite,
  KEM_CIPHERTEXT_BYTES,
  KEM_PUBLIC_BYTES,
  KEY_BYTES,
  LABELS,
  POINT_BYTES,
} from '@sotto/suite';
import { wipe } from '@sotto/wire';
import type { PacketFormat } from './geometry.ts';
import { HopKeys, kemKeyHash } from './key-schedule.ts';
import { exactly, type Path } from './path.ts';

/** One layer of a header: a hop, or what is behind its sub-hop. */
export interface Layer {
  /** Of the hop. */
  readonly name: Uint8Array;
  /** The hop's X25519 ephemeral, 32 bytes. */
  readonly ct: Uint8Array;
  readonly keys: HopKeys;
  /** ML-KEM ciphertext, 1,088 bytes, where the next layer is this hop's sub-hop. */
  readonly kemCt?: Uint8Array;
}

/** Derives the layers of a path from its ephemeral seed (Spec 03 §7 step 2, 11 §5). */
export class Layers {
  readonly #suite: CryptoSuite;
  readonly #format: PacketFormat;
  /** Bytes of the layer of each number, used again for every path. */
  readonly #owned: { readonly keys: HopKeys; readonly ct: Uint8Array }[] = [];
  // A fresh buffer costs a native library a microsecond to look into, an old one nothing.
  readonly #scalar = new Uint8Array(KEY_BYTES);
  readonly #shared = new Uint8Array(POINT_BYTES);
  /** The ephemeral seed, and the number of a hop. */
  readonly #numbered = new Uint8Array(KEY_BYTES + 1);

  /** Keeps both. */
  constructor(suite: CryptoSuite, format: PacketFormat) {
    this.#suite = suite;
    this.#format = format;
  }

  /**
   * @param seed - 32 bytes.
   * @returns a layer a hop and one more for each sub-hop; their ct and keys are overwritten by the next call.
   * @throws RangeError for a key that no honest directory lists.
   */
  derive(path: Path, seed: Uint8Array): readonly Layer[] {
    const scalar = this.#scalar;
    const shared = this.#shared;
    const numbered = this.#numbered;
    numbered.set(seed);
    const layers: Layer[] = [];
    const nextOwned = (): { readonly keys: HopKeys; readonly ct: Uint8Array } =>
      (this.#owned[layers.length] ??= {
        keys: new HopKeys(this.#suite, this.#format),
        ct: new Uint8Array(POINT_BYTES),
      });
    path.hops.forEach((hop, i) => {
      const { name, kemKey } = hop;
      numbered[KEY_BYTES] = i;
      this.#suite.blake2b(scalar, numbered, LABELS.ephemeralSeed);
      const { ct, keys } = nextOwned();
      this.#suite.x25519Base(ct, scalar);
      if (!this.#suite.x25519(shared, scalar, hop.routingKey)) {
        throw new RangeError('"routingKey" expected a point that is not of low order');
      }
      keys.derive(shared, ct, hop.routingKey, path.epoch, name);
      if (kemKey === undefined) {
        layers.push({ name, ct, keys });
        return;
      }
      const coins = scalar;
      const kemCt = new Uint8Array(KEM_CIPHERTEXT_BYTES);
      this.#suite.blake2b(coins, numbered, LABELS.kemCoins);
      exactly(kemKey, KEM_PUBLIC_BYTES, 'kemKey');
      if (!this.#suite.kemEncapsulate(kemCt, shared, kemKey, coins)) {
        throw new RangeError('"kemKey" expected a key that passes the modulus check');
      }
      layers.push({ name, ct, keys, kemCt });
      const { keys: behind } = nextOwned();
      behind.deriveSubHop(keys.key, shared, kemCt, kemKeyHash(this.#suite, kemKey));
      layers.push({ name, ct, keys: behind });
    });
    wipe(numbered);
    wipe(scalar);
    wipe(shared);
    return layers;
  }

  /** Erases the keys of the last path. */
  wipe(): void {
    for (const { keys } of this.#owned) keys.wipe();
  }
}
