/** For pages that are built by Vite: libsodium as a file of its own, and nothing of libp2p that nobody uses. @module */

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
export interface LeanPlugin {
  readonly name: string;
  readonly apply: 'build';
  transform(code: string, id: string): { readonly code: string; readonly map: null } | undefined;
}

/** What stands for secp256k1: peers of Sotto are known by Ed25519 (Spec 07 §4.1); who shows another key is refused, as an error of its handshake. */
const NO_CURVE = `
const refuse = () => { throw new Error('secp256k1: peers are known by Ed25519 here'); };
export const secp256k1 = {
  sign: refuse, verify: refuse, getPublicKey: refuse,
  utils: { randomSecretKey: refuse }, Point: { fromBytes: refuse },
};
`;

/** What stands for a module whose functions handle keys of another kind: who shows such a key is refused likewise. */
const refusing = (...names: readonly string[]): string => `
const refuse = () => { throw new Error('peers are known by Ed25519 here'); };
export { ${names.map((name) => `refuse as ${name}`).join(', ')} };
`;

/** A module of the library's own, found from where Noise stands. */
const hashes = (module: string): string => JSON.stringify(`@noble/hashes/${module}.js`);

/** What stays of Noise's own primitives: the hashes of its handshake. The rest of a page's links runs on libsodium. */
const NOISE_HASHES = `
import { extract, expand } from ${hashes('hkdf')};
import { sha256 } from ${hashes('sha2')};
export const pureJsCrypto = {
  hashSHA256: (data) => sha256(data.subarray()),
  getHKDF(chainingKey, input) {
    const keys = expand(sha256, extract(sha256, input, chainingKey), undefined, 96);
    return [0, 32, 64].map((at) => keys.subarray(at, at + 32));
  },
};
`;

/** What stands for Ed25519 in JavaScript, which checks a node's identity in the handshake: that of the suite which `browserTransport` lends. */
const LENT_SIGNING = `
const lent = () => {
  const suite = globalThis[Symbol.for('sotto.signing')];
  if (suite === undefined) throw new Error('browserTransport has lent no suite for Ed25519');
  return suite;
};
const bytes = (data) => data instanceof Uint8Array ? data : data.subarray();
export const publicKeyLength = 32;
export const privateKeyLength = 64;
export function generateKeyFromSeed(seed) {
  const publicKey = new Uint8Array(publicKeyLength);
  const privateKey = new Uint8Array(privateKeyLength);
  lent().signingKeypair(publicKey, privateKey, seed);
  return { privateKey, publicKey };
}
export const generateKey = () => generateKeyFromSeed(crypto.getRandomValues(new Uint8Array(32)));
export async function hashAndSign(privateKey, message) {
  const signature = new Uint8Array(64);
  lent().sign(signature, bytes(message), privateKey);
  return signature;
}
export async function hashAndVerify(publicKey, signature, message) {
  return signature.length === 64 && lent().verify(signature, bytes(message), publicKey);
}
`;

/** What stands for a resolver of names: none is asked (a name stands for whoever answers), the browser opens sockets by name. */
const NO_DNS = `
export const RecordType = { TXT: 16 };
export const dns = () => ({ query() { throw new Error('no names are resolved here'); } });
`;

const LEFT_OUT: readonly (readonly [module: RegExp, code: string])[] = [
  [/@multiformats\/dns\/dist\/src\/index\.js$/u, NO_DNS],
  [
    /@libp2p\/crypto\/dist\/src\/keys\/rsa\/utils\.js$/u,
    'export const MAX_RSA_KEY_SIZE = 8192;' +
      refusing(
        'pkcs1ToJwk',
        'pkcs1MessageToJwk',
        'jwkToPkcs1',
        'pkixToJwk',
        'pkixMessageToJwk',
        'jwkToPkix',
        'pkcs1ToRSAPrivateKey',
        'pkcs1MessageToRSAPrivateKey',
        'pkixToRSAPublicKey',
        'pkixMessageToRSAPublicKey',
        'jwkToRSAPrivateKey',
        'generateRSAKeyPair',
        'jwkToJWKKeyPair',
      ),
  ],
  [
    /@libp2p\/crypto\/dist\/src\/keys\/ecdsa\/utils\.js$/u,
    refusing(
      'unmarshalECDSAPrivateKey',
      'pkiMessageToECDSAPrivateKey',
      'unmarshalECDSAPublicKey',
      'pkiMessageToECDSAPublicKey',
      'privateKeyToPKIMessage',
      'publicKeyToPKIMessage',
      'generateECDSAKeyPair',
      'ensureECDSAKey',
    ),
  ],
  [/@noble\/curves\/secp256k1\.js$/u, NO_CURVE],
  [/@libp2p\/crypto\/dist\/src\/keys\/ed25519\/index\.browser\.js$/u, LENT_SIGNING],
  [/@libp2p\/noise\/dist\/src\/crypto\/js\.js$/u, NOISE_HASHES],
];

/**
 * Leaves out of a page what libp2p brings and Sotto does not use: keys of other kinds than Ed25519, and Ed25519 and Noise's cipher
 * and curve in JavaScript, for which it has libsodium. Add it to `worker.plugins`.
 */
export function leanLibp2p(): LeanPlugin {
  return {
    name: 'sotto-lean-libp2p',
    apply: 'build',
    transform: (_, id) => {
      const found = LEFT_OUT.find(([module]) => module.test(id.replace(/\?.*$/u, '')));
      return found === undefined ? undefined : { code: found[1], map: null };
    },
  };
}

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
