import type {
  Counter,
  CounterGroup,
  Histogram,
  HistogramGroup,
  Metric,
  MetricGroup,
  Metrics,
  Summary,
  SummaryGroup,
} from '@libp2p/interface';
import type { Counters } from '@sotto/transport';

/** The one group that we read: inbound connections that libp2p refused, by the name of its error. */
const INBOUND_ERRORS = 'libp2p_connection_manager_dials_inbound_errors_total';

/** What our own gater refuses: it has counted each by its reason, and a refusal has one. */
const BY_GATER = 'ConnectionInterceptedError';

const nothing = (): void => undefined;
const timer = (): (() => void) => nothing;
const metric: Metric & MetricGroup = {
  update: nothing,
  increment: nothing,
  decrement: nothing,
  reset: nothing,
  timer,
};
const observed: Histogram & HistogramGroup & Summary & SummaryGroup = {
  observe: nothing,
  reset: nothing,
  timer,
};
const counter: Counter & CounterGroup = { increment: nothing, reset: nothing };

/** Lower case with hyphens, of one of libp2p's error names. */
const kebab = (name: string): string =>
  name
    .replace(/Error$/, '')
    .replaceAll(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase();

/**
 * Counts what libp2p refuses by itself, before any stream is there for us to see. Everything
 * else that it would measure is not kept.
 */
export function refusalMetrics(counters: Counters): Metrics {
  const refusals: CounterGroup = {
    increment: (values) => {
      for (const name of Object.keys(values)) {
        if (name !== BY_GATER) counters.add(`connection-refused:${kebab(name)}`);
      }
    },
    reset: nothing,
  };
  return {
    trackMultiaddrConnection: nothing,
    trackProtocolStream: nothing,
    registerMetric: () => metric,
    registerMetricGroup: () => metric,
    registerCounter: () => counter,
    registerCounterGroup: (name: string) => (name === INBOUND_ERRORS ? refusals : counter),
    registerHistogram: () => observed,
    registerHistogramGroup: () => observed,
    registerSummary: () => observed,
    registerSummaryGroup: () => observed,
    traceFunction: (_name: string, traced: never) => traced,
    createTrace: nothing,
  };
}
