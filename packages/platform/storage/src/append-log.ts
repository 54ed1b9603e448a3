/**
 * A file of records of one length that only grows: the tags of a replay filter, which no restart
 * may forget. A record is on the disk before its packet may leave the pool (Spec 05).
 */
export interface AppendLog {
  /** Length of one record, bytes. */
  readonly recordBytes: number;
  /**
   * Adds one or more whole records; resolves when they are on the disk. Calls that come while the
   * disk is busy share the next sync, and resolve in the order of the calls. After a failure every later
   * call fails with the same error until the log is opened anew.
   *
   * @param records - a positive multiple of `recordBytes`; copied before the promise is returned.
   */
  append(records: Uint8Array): Promise<void>;
  /** Every acknowledged record, in order, as one byte string. Records whose sync was cut off by a crash may follow. */
  readAll(): Promise<Uint8Array>;
  /** Bytes of all records that are there. */
  readonly length: number;
  /** The records of {@link AppendLog.readAll} in pieces of whole records, about a mebibyte each: for logs that do not fit the memory. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Waits for the appends that were handed over, then lets go. A second call does nothing. */
  close(): Promise<void>;
}

/** Bytes of a piece that {@link AppendLog.chunks} gives, at most. */
export const CHUNK_BYTES = 1_048_576;

/** A folder of append logs. */
export interface AppendLogs {
  /**
   * Opens a log, empty when it is new. A last record that a crash tore is left out. Rejects with
   * `locked` when this log is open.
   *
   * @param name - as for secret files.
   * @param recordBytes - 1 to 65,536; the same at every opening of one log.
   */
  open(name: string, recordBytes: number): Promise<AppendLog>;
  /** Names in ASCII order. */
  list(): Promise<readonly string[]>;
  /** Overwrites and removes a log that is not open (else `locked`). Does nothing when there is none. */
  erase(name: string): Promise<void>;
  /** Closes every log that is open; later calls reject with `closed`. */
  close(): Promise<void>;
}

/** Throws when a record length is out of range. For implementations. */
export function checkRecordBytes(recordBytes: number): void {
  if (!Number.isInteger(recordBytes) || recordBytes < 1 || recordBytes > 65_536) {
    throw new RangeError(`"recordBytes" expected an integer in 1..65536, got ${recordBytes}`);
  }
}

/** Throws unless `records` is one or more whole records. For implementations. */
export function checkRecords(records: Uint8Array, recordBytes: number): void {
  if (records.length === 0 || records.length % recordBytes !== 0) {
    throw new RangeError(
      `"records" expected a positive multiple of ${recordBytes} bytes, got ${records.length}`,
    );
  }
}
