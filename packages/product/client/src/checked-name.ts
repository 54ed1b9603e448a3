import { MAX_LABEL_BYTES } from '@sotto/messaging';
import { toUtf8 } from '@sotto/wire';
import { SottoError } from './sotto-error.ts';

/** Refuses a name that does not fit. @throws SottoError `name-too-long`. */
export function checkName(name: string): void {
  if (toUtf8(name).length > MAX_LABEL_BYTES) throw new SottoError('name-too-long');
}
