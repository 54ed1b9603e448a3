/** For pages that are built by Vite: libsodium as a file of its own, no curve and no cipher that nobody uses. @module */

/** What of a plugin is ours; Vite's own type has more. */
export interface SodiumPlugin {
  readonly name: string;
  readonly apply: 'build';
  transform(
    this: SodiumPluginContext,
    code: string,
    id: string,
  ): { readonly code: string; readonly map: null } | undefined;
}

interface SodiumPluginContext {
  emitFile(file: {
    readonly type: 'asset';
    readonly name: string;
    readonly source: Uint8Array;
  }): string;
}

const LIBRARY = /libsodium-sumo\.mjs$/u;
/** The module in base64: it begins with the four bytes of every WebAssembly. */
const MODULE = /"(AGFzb[A-Za-z0-9+/=]{100000,})"/u;
const EXPORT = 'export default A;';

/**
 * Takes libsodium's WebAssembly out of its JavaScript, where it stands in base64: the page loads a third
 * less, and the browser compiles it from bytes. Add it to `worker.plugins`, for it is the worker's.
 *
 * @throws Error when the library is not as this version of the SDK knows it.
 */
export function sodiumAsFile(): SodiumPlugin {
  return {
    name: 'sotto-sodium-as-file',
    apply: 'build',
    transform(code, id) {
      if (!LIBRARY.test(id.replace(/\?.*$/u, ''))) return undefined;
      const base64 = MODULE.exec(code)?.[1];
      if (base64 === undefined || !code.includes(EXPORT)) {
        throw new Error(`${id} is not the libsodium that this version of the SDK knows`);
      }
      const source = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const file = this.emitFile({ type: 'asset', name: 'libsodium.wasm', source });
      return {
        code: code
          .replace(base64, '')
          .replace(EXPORT, loading(`import.meta.ROLLUP_FILE_URL_${file}`)),
        map: null,
      };
    },
  };
}

/** What of a plugin is ours; Vite's own type has more. */
export interface CurvePlugin {
  readonly name: string;
  readonly apply: 'build';
  transform(code: string, id: string): { readonly code: string; readonly map: null } | undefined;
}

const CURVE = /@noble\/curves\/secp256k1\.js$/u;

/**
 * Leaves secp256k1 out of a page, 8 KB: libp2p brings it for peers that are known by such keys, and those
 * of Sotto are known by Ed25519 (Spec 07 §4.1). Who shows another key is refused, as an error of its
 * handshake. Add it to `worker.plugins`.
 */
export function ed25519Only(): CurvePlugin {
  return {
    name: 'sotto-ed25519-only',
    apply: 'build',
    transform: (_, id) =>
      CURVE.test(id.replace(/\?.*$/u, '')) ? { code: NO_CURVE, map: null } : undefined,
  };
}

const NO_CURVE = `
const refuse = () => { throw new Error('secp256k1: peers are known by Ed25519 here'); };
export const secp256k1 = {
  sign: refuse, verify: refuse, getPublicKey: refuse,
  utils: { randomSecretKey: refuse }, Point: { fromBytes: refuse },
};
`;

const CIPHER = /@noble\/ciphers\/chacha\.js$/u;

/**
 * Leaves a second ChaCha20-Poly1305 out of a page: Noise brings one in JavaScript, and the SDK hands it
 * libsodium's. Add it to `worker.plugins`.
 */
export function libsodiumOnly(): CurvePlugin {
  return {
    name: 'sotto-libsodium-only',
    apply: 'build',
    transform: (_, id) =>
      CIPHER.test(id.replace(/\?.*$/u, '')) ? { code: NO_CIPHER, map: null } : undefined,
  };
}

const NO_CIPHER = `
export const chacha20poly1305 = () => { throw new Error('Noise is to be handed libsodium here'); };
`;

/** The library's own hook, with a refusal where it would wait for ever. */
const loading = (url: string): string => `
const compile = async (imports) => {
  const answer = await fetch(${url});
  if (!answer.ok) throw new Error('libsodium.wasm: ' + answer.status);
  return (await WebAssembly.instantiate(await answer.arrayBuffer(), imports)).instance;
};
export default (module) => new Promise((resolve, reject) => {
  const instantiateWasm = (imports, done) => void compile(imports).then(done).catch(reject);
  A({ ...module, instantiateWasm }).then(resolve, reject);
});
`;
