import type { BatchOperation } from '@sotto/storage';
import type { HeldPlace } from './place.ts';

/**
 * One statement, and so one transaction: it changes nothing unless the place is still of the
 * generation that the writer took. The row of the place is locked until the commit, so a new holder,
 * who writes that row first of all, comes before this statement or after it.
 *
 * Values come as one byte string with places and lengths: a list of byte strings would travel in
 * hexadecimal.
 */
export const BATCH_STATEMENT = `
with held as materialized (
  select id from sotto_places where id = $1 and generation = $2::bigint for share
), gone as (
  delete from sotto_entries using held
  where place_id = held.id and key = any (string_to_array($3, E'\\n'))
), put as (
  insert into sotto_entries (place_id, key, value)
  select held.id, item.key, substring($4::bytea from item.start for item.length)
  from held, unnest(string_to_array($5, E'\\n'), $6::integer[], $7::integer[])
    as item (key, start, length)
  on conflict (place_id, key) do update set value = excluded.value
)
select count(*) = 1 as held from held`;

/** What {@link BATCH_STATEMENT} takes. The last operation of a key counts. */
export function batchValues(
  held: HeldPlace,
  operations: readonly BatchOperation[],
): readonly unknown[] {
  const last = new Map(operations.map(({ key, value }) => [key, value]));
  const [gone, put, values]: [string[], string[], Uint8Array[]] = [[], [], []];
  const [starts, lengths]: [number[], number[]] = [[], []];
  let start = 1;
  for (const [key, value] of last) {
    if (value === undefined) gone.push(key);
    else {
      put.push(key);
      values.push(value);
      starts.push(start);
      lengths.push(value.length);
      start += value.length;
    }
  }
  const { id, generation } = held;
  // Keys are printable: none has a line's end.
  return [id, generation, gone.join('\n'), Buffer.concat(values), put.join('\n'), starts, lengths];
}
