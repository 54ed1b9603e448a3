import {
  type AppendLog,
  type AppendLogs,
  type BatchOperation,
  type DataFolder,
  StorageError,
} from '@sotto/storage';
import { openPostgresStore, type PostgresStore } from '@sotto/storage-postgres';
import { type Redacted, toUtf8 } from '@sotto/wire';

/** Stands in the folder's own store when the records are in a database. */
const ELSEWHERE = 'elsewhere';
/** A node that starts again may find that the server has not noticed yet how its last life ended. */
const WAIT_MILLIS = 20_000;
const MOVE_ENTRIES = 500;

/**
 * A node's folder with its records in a database (decision 0045). Keys and replay tags stay in the
 * folder; a write of tags counts when the database has confirmed, after it was asked for, that this
 * node still holds its place. Every packet waits for such a write before it leaves, so that a node
 * that was overtaken sends nothing that it decided by records which are not its own any more.
 *
 * What the folder's own store holds is moved into the database first.
 *
 * @param place - of this node among those that use the database.
 * @returns a folder whose `close` closes both.
 */
export async function withDatabase(
  folder: DataFolder,
  url: Redacted<string>,
  place: string,
): Promise<DataFolder> {
  const records = await openPostgresStore({ url, place, waitMillis: WAIT_MILLIS });
  try {
    await moveRecords(folder, records, place);
  } catch (error) {
    await records.close();
    throw error;
  }
  return {
    store: records,
    secrets: folder.secrets,
    logs: confirmed(folder.logs, records),
    close: async () => {
      await records.close();
      await folder.close();
    },
  };
}

/** Rejects with `unwritable` when the records of a folder are in a database: without them its mail would seem gone. */
export async function refuseElsewhere(folder: DataFolder): Promise<void> {
  const mark = await folder.store.get(ELSEWHERE);
  if (mark === undefined) return;
  const place = new TextDecoder().decode(mark);
  throw new StorageError('unwritable', `records of ${place}`, 'they are in a database; name it');
}

/** Marked before the first entry goes, so that no crash leaves a folder that seems whole. Cut off, it goes on at the next start. */
async function moveRecords(
  folder: DataFolder,
  records: PostgresStore,
  place: string,
): Promise<void> {
  const { store } = folder;
  await store.batch([{ key: ELSEWHERE, value: toUtf8(place) }], { sync: true });
  const move = async (piece: readonly BatchOperation[]): Promise<void> => {
    await records.batch(piece, { sync: true });
    await store.batch(
      piece.map(({ key }) => ({ key, value: undefined })),
      { sync: true },
    );
  };
  let piece: BatchOperation[] = [];
  for await (const [key, value] of store.entries('')) {
    if (key !== ELSEWHERE) piece.push({ key, value });
    if (piece.length < MOVE_ENTRIES) continue;
    await move(piece);
    piece = [];
  }
  if (piece.length > 0) await move(piece);
}

function confirmed(logs: AppendLogs, records: PostgresStore): AppendLogs {
  return {
    list: () => logs.list(),
    erase: (name) => logs.erase(name),
    close: () => logs.close(),
    open: async (name, recordBytes): Promise<AppendLog> => {
      const log = await logs.open(name, recordBytes);
      return {
        recordBytes: log.recordBytes,
        get length() {
          return log.length;
        },
        // Both at once: the database answers while the disk works.
        append: async (bytes) => {
          await Promise.all([log.append(bytes), records.confirm()]);
        },
        readAll: () => log.readAll(),
        chunks: () => log.chunks(),
        close: () => log.close(),
      };
    },
  };
}
