import { BOX_SECRET_BYTES } from '@sotto/mailbox';
import { NAME_BYTES, PACKET_NAME_BYTES } from '@sotto/sphinx';
import { ByteReader, ByteWriter, fromHex, fromUtf8, instant, toHex, toUtf8 } from '@sotto/wire';
import type { Alias } from './aliases.ts';

const VERSION = 1;
const FLAG = { owned: 1, announced: 2, ready: 4, cleared: 8, drained: 16 } as const;

/** An alias for the store; the box is the key it is stored under. */
export function encodeAlias(alias: Alias): Uint8Array {
  const owner = toUtf8(alias.owner?.key ?? '');
  const flags =
    (alias.owner === undefined ? 0 : FLAG.owned) |
    (alias.announcedAt === undefined ? 0 : FLAG.announced) |
    (alias.ready ? FLAG.ready : 0) |
    (alias.cleared ? FLAG.cleared : 0) |
    (alias.drained ? FLAG.drained : 0);
  const fixed = 2 + BOX_SECRET_BYTES + NAME_BYTES + 8 + 8 + 4 + 4;
  const names = alias.finished.length * PACKET_NAME_BYTES;
  const out = new ByteWriter(fixed + names + owner.length)
    .u8(VERSION)
    .u8(flags)
    .put(alias.secret)
    .put(fromHex(alias.node) ?? new Uint8Array(NAME_BYTES))
    .u53(alias.createdAt)
    .u53(alias.announcedAt ?? 0)
    .u32(alias.owner?.epoch ?? 0)
    .u8(alias.minted)
    .u8(alias.outstanding)
    .u8(alias.finished.length)
    .u8(owner.length);
  for (const name of alias.finished) out.put(name);
  return out.put(owner).bytes;
}

/** Reads what {@link encodeAlias} wrote; undefined of any other bytes. @param box - hexadecimal. */
export function decodeAlias(box: string, bytes: Uint8Array): Alias | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== VERSION) return undefined;
  const flags = reader.u8();
  const secret = reader.take(BOX_SECRET_BYTES);
  const node = toHex(reader.take(NAME_BYTES));
  const createdAt = instant(reader.u53());
  const announcedAt = instant(reader.u53());
  const epoch = reader.u32();
  const minted = reader.u8();
  const outstanding = reader.u8();
  const names = reader.u8();
  const ownerLength = reader.u8();
  if (reader.remaining !== names * PACKET_NAME_BYTES + ownerLength) return undefined;
  const finished = Array.from({ length: names }, () => reader.take(PACKET_NAME_BYTES));
  const owner = fromUtf8(reader.take(ownerLength));
  if (!reader.done || owner === undefined) return undefined;
  return {
    box,
    secret,
    node,
    createdAt,
    ready: (flags & FLAG.ready) !== 0,
    minted,
    outstanding,
    finished,
    cleared: (flags & FLAG.cleared) !== 0,
    drained: (flags & FLAG.drained) !== 0,
    ...((flags & FLAG.owned) === 0 ? {} : { owner: { key: owner, epoch } }),
    ...((flags & FLAG.announced) === 0 ? {} : { announcedAt }),
  };
}
