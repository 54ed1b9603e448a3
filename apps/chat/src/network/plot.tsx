import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import './language-guard.ts';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

/** Colours of the page now, as a canvas needs them. */
export interface PlotColours {
  readonly ink: string;
  readonly quiet: string;
  readonly line: string;
  readonly accent: string;
  readonly soft: string;
  readonly warning: string;
  readonly font: string;
}

const NAMES = ['ink', 'quiet', 'line', 'accent', 'soft', 'warning'] as const;

/** A canvas knows no style sheet: each colour is asked of an element that has it. */
function coloursOf(host: HTMLElement): PlotColours {
  const probe = document.createElement('span');
  host.append(probe);
  const found = Object.fromEntries(
    NAMES.map((name) => {
      probe.className = `net-ink-${name}`;
      return [name, getComputedStyle(probe).color];
    }),
  );
  const { fontFamily } = getComputedStyle(host);
  probe.remove();
  const colour = (name: (typeof NAMES)[number]): string => found[name] ?? '';
  return {
    ink: colour('ink'),
    quiet: colour('quiet'),
    line: colour('line'),
    accent: colour('accent'),
    soft: colour('soft'),
    warning: colour('warning'),
    font: `12px ${fontFamily}`,
  };
}

/** Axes in the page's colours. */
export function axes(
  colours: PlotColours,
  x: Partial<UPlot.Axis>,
  y: Partial<UPlot.Axis>,
): UPlot.Axis[] {
  const common: UPlot.Axis = {
    stroke: colours.quiet,
    font: colours.font,
    grid: { stroke: colours.line, width: 1 },
    ticks: { show: false },
  };
  return [
    { ...common, ...x },
    { ...common, ...y },
  ];
}

/** Bars that take `share` of their room and no more than `most` pixels. */
export const bars = (share: number, most: number): Partial<UPlot.Series> =>
  UPlot.paths.bars === undefined ? {} : { paths: UPlot.paths.bars({ size: [share, most] }) };

/** A line without corners. */
export const smooth = (): Partial<UPlot.Series> =>
  UPlot.paths.spline === undefined ? {} : { paths: UPlot.paths.spline() };

/**
 * A plot that follows its data, its room and the page's colours.
 *
 * @param options - makes the rest of the options, anew when the colours change.
 */
export function Plot(props: {
  readonly label: string;
  readonly height: number;
  readonly data: UPlot.AlignedData;
  readonly options: (colours: PlotColours) => Omit<UPlot.Options, 'width' | 'height'>;
}): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(undefined);
  const latest = useRef(props.data);
  latest.current = props.data;

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const { height, options } = props;
    const draw = (): void => {
      plot.current?.destroy();
      const { clientWidth: width } = element;
      plot.current = new UPlot(
        { ...options(coloursOf(element)), width, height },
        latest.current,
        element,
      );
    };
    draw();
    const room = new ResizeObserver(() => {
      plot.current?.setSize({ width: element.clientWidth, height });
    });
    room.observe(element);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', draw);
    // The settings page changes the appearance by an attribute of the root.
    const root = new MutationObserver(draw);
    root.observe(document.documentElement, { attributes: true });
    return () => {
      room.disconnect();
      root.disconnect();
      dark.removeEventListener('change', draw);
      plot.current?.destroy();
    };
  }, []);

  useEffect(() => plot.current?.setData(props.data), [props.data]);
  return <div ref={host} class="net-plot" role="img" aria-label={props.label} />;
}
