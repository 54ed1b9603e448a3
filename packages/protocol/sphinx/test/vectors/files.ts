import bodyFile from '../../../../../spec/vectors/body.json' with { type: 'json' };
import contactFile from '../../../../../spec/vectors/contact.json' with { type: 'json' };
import crossoverFile from '../../../../../spec/vectors/crossover.json' with { type: 'json' };
import forwardFile from '../../../../../spec/vectors/forward.json' with { type: 'json' };
import greetingFile from '../../../../../spec/vectors/greeting.json' with { type: 'json' };
import keyFile from '../../../../../spec/vectors/key-schedule.json' with { type: 'json' };
import mailboxFile from '../../../../../spec/vectors/mailbox.json' with { type: 'json' };
import malformedFile from '../../../../../spec/vectors/malformed.json' with { type: 'json' };
import replayFile from '../../../../../spec/vectors/replay.json' with { type: 'json' };
import crossover2File from '../../../../../spec/vectors/suite2-crossover.json' with { type: 'json' };
import forward2File from '../../../../../spec/vectors/suite2-forward.json' with { type: 'json' };
import key2File from '../../../../../spec/vectors/suite2-key-schedule.json' with { type: 'json' };
import malformed2File from '../../../../../spec/vectors/suite2-malformed.json' with { type: 'json' };
import surbFile from '../../../../../spec/vectors/surb.json' with { type: 'json' };
import type {
  BodyCase,
  ContactCase,
  CrossoverCase,
  ForwardCase,
  GreetingCase,
  KeyFile,
  MailboxCase,
  MalformedCase,
  ReplayCase,
  SubHopKeyCase,
  SurbCase,
  VectorFile,
} from './shapes.ts';

export const keySchedule: KeyFile = keyFile;
export const body: VectorFile<BodyCase> = bodyFile;
export const forward: VectorFile<ForwardCase> = forwardFile;
export const surb: VectorFile<SurbCase> = surbFile;
export const crossover: VectorFile<CrossoverCase> = crossoverFile;
export const mailbox: VectorFile<MailboxCase> = mailboxFile;
export const contact: VectorFile<ContactCase> = contactFile;
export const greeting: VectorFile<GreetingCase> = greetingFile;
export const replay: VectorFile<ReplayCase> = replayFile;
// The compiler does not see that every `field` is one of the names.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
export const malformed = malformedFile as VectorFile<MalformedCase>;
export const suite2KeySchedule: KeyFile & VectorFile<SubHopKeyCase> = key2File;
export const suite2Forward: VectorFile<ForwardCase> = forward2File;
export const suite2Crossover: VectorFile<CrossoverCase> = crossover2File;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
export const suite2Malformed = malformed2File as VectorFile<MalformedCase>;
