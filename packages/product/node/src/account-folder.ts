import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where an account is kept unless told otherwise. */
export const defaultAccountFolder = (): string => join(homedir(), '.sotto', 'account');
