/** Bytes of one channel and direction that may be unread: what a peer can make us keep (Spec 14 §6). */
export const WINDOW_BYTES = 65_536;
/** Bytes of one channel that are taken before they leave. */
export const SEND_BUFFER_BYTES = 65_536;
/** Channels that each side may have open with the other at a time. */
export const MAX_OPEN = 16;
/** Places of one channel and direction that may be on their way: the window of its order. */
export const PLACES = 128;
/** Longest name of a channel, bytes of UTF-8. */
export const MAX_NAME_BYTES = 64;
/** Frames of one message at most. */
export const MAX_FRAMES = 64;
/** Channels that are over and still known as such, so that what comes late is told from what is new. */
export const MAX_CLOSED = 256;
/** Resets that wait to be told. More are dropped: only a peer who means ill asks for so many. */
export const MAX_RESETS = 64;
