// Loaded into every process of a soak before its own code: a full collection of garbage each minute,
// so that the memory that is followed is what lives. Left to itself V8 collects the old generation of
// a node that only covers every ten minutes (decision 0065), and a line through fifteen minutes tells
// no leak from garbage.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const PERIOD_MILLIS = 60_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
setInterval(collect, PERIOD_MILLIS).unref();
