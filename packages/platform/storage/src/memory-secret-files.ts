import { wipe } from '@sotto/wire';
import { checkFileName, checkSecret, type SecretFiles } from './secret-files.ts';
import { StorageError } from './storage-error.ts';

/** {@link SecretFiles} in memory; erasing overwrites the bytes. The map stands for the disk. */
export class MemorySecretFiles implements SecretFiles {
  readonly #files: Map<string, Uint8Array>;
  #closed = false;

  /** @param files - the "disk"; a fresh one when left out. */
  constructor(files: Map<string, Uint8Array> = new Map()) {
    this.#files = files;
  }

  /** {@inheritDoc SecretFiles.write} */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    this.#checkOpen();
    checkFileName(name);
    checkSecret(bytes);
    const before = this.#files.get(name);
    this.#files.set(name, new Uint8Array(bytes));
    if (before !== undefined) wipe(before);
  }

  /** {@inheritDoc SecretFiles.read} */
  async read(name: string): Promise<Uint8Array | undefined> {
    this.#checkOpen();
    checkFileName(name);
    const bytes = this.#files.get(name);
    return bytes === undefined ? undefined : new Uint8Array(bytes);
  }

  /** {@inheritDoc SecretFiles.list} */
  async list(): Promise<readonly string[]> {
    this.#checkOpen();
    return [...this.#files.keys()].sort();
  }

  /** {@inheritDoc SecretFiles.erase} */
  async erase(name: string): Promise<void> {
    this.#checkOpen();
    checkFileName(name);
    const bytes = this.#files.get(name);
    if (bytes === undefined) return;
    this.#files.delete(name);
    wipe(bytes);
  }

  /** {@inheritDoc SecretFiles.close} */
  async close(): Promise<void> {
    this.#closed = true;
  }

  #checkOpen(): void {
    if (this.#closed) throw new StorageError('closed', 'memory');
  }
}
