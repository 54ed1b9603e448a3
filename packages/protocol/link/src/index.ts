/** What stands on a link: the opener's preface, frames of one length, and the plans that set their beat. @module */
export {
  decodeDownlink,
  type DownlinkFrame,
  encodeDownlink,
  FRAME_BYTES,
  type FrameError,
} from './frame.ts';
export {
  answersPerFetch,
  HOME,
  MOBILE,
  monthBytes,
  phaseAt,
  type Plan,
  planByCode,
  type PlanHours,
  type PlanPhase,
  PLANS,
  SAVER,
  SHIELD,
} from './plans.ts';
export {
  decodePreface,
  encodePreface,
  LINK_VERSION,
  type Preface,
  PREFACE_BYTES,
  type PrefaceError,
} from './preface.ts';
export {
  decodeReceipt,
  encodeReceipt,
  RECEIPT_INTERVAL_MICROS,
  RECEIPT_PACKETS,
  type ReceiptError,
} from './receipt.ts';
