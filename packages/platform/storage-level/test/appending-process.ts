import { writeSync } from 'node:fs';
import { openAppendLogs } from '../src/append-logs.ts';

/** Appends numbered records, some at once, and prints each number after it was acknowledged. */
const [folder = '', start = ''] = process.argv.slice(2);
const logs = await openAppendLogs(folder);
const log = await logs.open('tags', 16);
const append = async (number: number): Promise<void> => {
  const record = new Uint8Array(16).fill(number);
  new DataView(record.buffer).setUint32(0, number);
  await log.append(record);
  writeSync(1, `${number}\n`);
};
for (let number = Number(start); ; number += 3) {
  await Promise.all([append(number), append(number + 1), append(number + 2)]);
}
