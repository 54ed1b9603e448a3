/** Ordered byte streams between two people, many over one session, sans-IO (Spec 14). @module */
export {
  type ChannelError,
  type ChannelEvent,
  type ChannelRefusal,
  Channels,
  type Payload,
} from './channels.ts';
export {
  type ChannelId,
  type DataFrame,
  decodeFrames,
  encodeFrames,
  type Frame,
  type FramesError,
  type ResetReason,
} from './frames.ts';
export {
  MAX_FRAMES,
  MAX_NAME_BYTES,
  MAX_OPEN,
  PLACES,
  SEND_BUFFER_BYTES,
  WINDOW_BYTES,
} from './limits.ts';
