import { StorageError } from '@sotto/storage';

const opened = new Set<string>();

/**
 * Marks a path as open in this process; the returned function takes the mark away.
 *
 * LevelDB's lock does not hold against its own process: a second attempt is refused, but closes a
 * descriptor of the lock file, and POSIX drops all locks of a process on a file when it closes any
 * descriptor of it. From then on another process could open the database as well.
 *
 * @param path - absolute and real (no links), so that one folder has one name.
 * @throws StorageError `locked` when the path is marked.
 */
export function markOpen(path: string): () => void {
  if (opened.has(path)) throw new StorageError('locked', path, 'open in this process');
  opened.add(path);
  return () => void opened.delete(path);
}
