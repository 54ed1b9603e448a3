/** What stands on a link: the opener's preface, and frames of one length. @module */
export {
  decodeDownlink,
  type DownlinkFrame,
  encodeDownlink,
  FRAME_BYTES,
  type FrameError,
} from './frame.ts';
export {
  decodePreface,
  encodePreface,
  LINK_VERSION,
  type Preface,
  PREFACE_BYTES,
  type PrefaceError,
} from './preface.ts';
