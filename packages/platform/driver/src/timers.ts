/** One-shot timers; a virtual clock gives its own. */
export interface Timers {
  /**
   * Calls back once after about `delayMillis`, 1 to 2^31 − 1 milliseconds; may be early by two.
   *
   * @returns a function that forgets the timer.
   */
  set(callback: () => void, delayMillis: number): () => void;
}

/** Longest delay that `setTimeout` keeps; it fires at once for a longer one. */
export const MAX_DELAY_MILLIS = 2_147_483_647;

/** `setTimeout` of the platform. */
export const systemTimers: Timers = {
  set: (callback, delayMillis) => {
    const handle = setTimeout(callback, delayMillis);
    return () => clearTimeout(handle);
  },
};
