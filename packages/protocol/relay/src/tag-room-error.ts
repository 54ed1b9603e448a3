/** The tags that are stored for a key have no room in memory: without all of them it would pass replays. */
export class TagRoomError extends Error {
  override readonly name = 'TagRoomError';

  /** Of an epoch, for which `maxTags` would fit. */
  constructor(epoch: number, maxTags: number) {
    super(
      `no room for the replay tags stored for epoch ${epoch}: ${maxTags} would fit into the memory that is free`,
    );
  }
}
