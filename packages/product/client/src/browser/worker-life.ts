import { SottoError } from '../sotto-error.ts';
import { revived } from './messages.ts';
import { type Order, type OrderAnswer, readAnswer } from './orders.ts';

type Begin = Exclude<Order, { order: 'close' }>;

/** A worker that has carried out its first order. */
export interface RunningWorker {
  readonly worker: Worker;
  /**
   * Waits until it is dead or broken, or until `signal` fires, when it is told to close and given time to.
   *
   * @returns true when it died by itself.
   */
  ended(signal: AbortSignal): Promise<boolean>;
}

/**
 * Starts a worker and gives it its first order; resolves when that is done.
 *
 * @throws SottoError that it was refused with; `worker-failed` when there is no worker.
 */
export async function startWorker(make: () => Worker, order: Begin): Promise<RunningWorker> {
  let worker: Worker;
  try {
    worker = make();
  } catch (error) {
    throw new SottoError('worker-failed', error instanceof Error ? error.message : '', {
      cause: error,
    });
  }
  const watching = new AbortController();
  const broken = errorOf(worker);
  try {
    const alive = answerOf(worker, 'alive');
    worker.postMessage(order);
    await Promise.race([alive, broken.then((detail) => refuse(detail))]);
    const death = lockFree(order.lifeline, watching.signal);
    const done = answerOf(worker, 'done');
    await Promise.race([
      done,
      broken.then((detail) => refuse(detail)),
      death.then(() => refuse('it died while it began')),
    ]);
    return { worker, ended: (signal) => ended(worker, { broken, death, watching }, signal) };
  } catch (error) {
    watching.abort();
    worker.terminate();
    throw error;
  }
}

async function ended(
  worker: Worker,
  {
    broken,
    death,
    watching,
  }: { broken: Promise<string>; death: Promise<void>; watching: AbortController },
  signal: AbortSignal,
): Promise<boolean> {
  const gone = Promise.race([broken, death]).then(() => true);
  const asked = new Promise<false>((resolve) => {
    const onAbort = (): void => resolve(false);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  const died = await Promise.race([gone, asked]);
  if (!died) {
    const closed = answerOf(worker, 'done').catch(() => undefined);
    worker.postMessage({ order: 'close' } satisfies Order);
    await Promise.race([closed, gone]);
  }
  watching.abort();
  worker.terminate();
  // Its locks go a moment later: who comes next waits for the store.
  return died;
}

const refuse = (detail: string): never => {
  throw new SottoError('worker-failed', detail);
};

/** Resolves with what an error of the worker's says; never, when there is none. */
const errorOf = (worker: Worker): Promise<string> =>
  new Promise((resolve) => {
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      resolve(event.message ?? 'its script cannot be loaded');
    });
  });

/** Resolves at this answer; rejects when the order is refused. */
function answerOf(worker: Worker, wanted: OrderAnswer['answer']): Promise<void> {
  return new Promise((resolve, reject) => {
    const listener = ({ data }: MessageEvent<unknown>): void => {
      const read = readAnswer(data);
      if (read === undefined || (read.answer !== wanted && read.answer !== 'refused')) return;
      worker.removeEventListener('message', listener);
      if (read.answer === 'refused') reject(revived(read.error));
      else resolve();
    };
    worker.addEventListener('message', listener);
  });
}

/** Resolves when nobody holds a Web Lock any more; never, once `signal` has fired. */
function lockFree(name: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    navigator.locks.request(name, { signal }, () => resolve()).catch(() => undefined);
  });
}
