/** A small time plot on uPlot, in the page's own colours. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { onTheme } from '../lib/theme';

export interface PlotSeries {
  label: string;
  values: (number | null)[];
}

export function Plot(p: { times: number[]; series: PlotSeries[]; format: (v: number) => string; height?: number; max?: number; binary?: boolean }) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const format = useRef(p.format);
  format.current = p.format;
  const data = [p.times, ...p.series.map((s) => s.values)] as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;
  const labels = p.series.map((s) => s.label).join('|');
  const height = p.height ?? 168;

  useEffect(() => {
    const el = holder.current;
    if (!el) return;
    const build = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(el, labels.split('|'), height, p.max, p.binary ?? false, (v) => format.current(v)), latest.current, el);
    };
    build();
    const sized = new ResizeObserver(() => plot.current?.setSize({ width: el.clientWidth, height }));
    sized.observe(el);
    const off = onTheme(build);
    return () => {
      off();
      sized.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [labels, height, p.max, p.binary]);

  useEffect(() => plot.current?.setData(data), [data]);

  return (
    <div class="plot">
      <div ref={holder} style={{ height: `${height}px` }} />
    </div>
  );
}

/** Steps of an axis of bytes: 16, 32, 48 MiB, not 9.54, 19.1, 28.6. */
const BINARY = Array.from({ length: 60 }, (_, i) => 2 ** i);

function options(el: HTMLElement, labels: string[], height: number, max: number | undefined, binary: boolean, format: (v: number) => string): uPlot.Options {
  const css = getComputedStyle(document.documentElement);
  const color = (name: string) => css.getPropertyValue(name).trim();
  const strokes = [color('--water'), color('--brass')];
  const axis = {
    stroke: color('--faint'),
    font: '11px "Inter Variable", sans-serif',
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: el.clientWidth || 300,
    height,
    legend: { show: false },
    padding: [8, 26, 0, 0], // half a label of time fits to the right of its tick
    cursor: { y: false, points: { size: 7 } },
    scales: { y: { range: (_u, _min, top) => [0, max ?? (top > 0 ? top * 1.15 : 1)] } },
    axes: [
      { ...axis, grid: { show: false }, space: 62, size: 26, values: (_u, ticks) => ticks.map((t) => new Date(t * 1000).toTimeString().slice(0, ticks.length > 1 && (ticks[1] ?? 0) - (ticks[0] ?? 0) < 60 ? 8 : 5)) },
      { ...axis, size: 66, space: 34, ...(binary ? { incrs: BINARY } : {}), values: (_u, ticks) => once(ticks.map((t) => format(t))) },
    ],
    series: [
      {},
      ...labels.map((label, i) => {
        const stroke = strokes[i % 2] ?? '';
        return {
          label,
          stroke,
          width: 1.6,
          fill: i === 0 ? fade(stroke) : undefined,
          points: { show: false },
          spanGaps: false,
        } as uPlot.Series;
      }),
    ],
  };
}

/** A label that rounds to the one below it is left out. */
function once(labels: string[]): string[] {
  return labels.map((l, i) => (l === labels[i - 1] ? '' : l));
}

/** The area under the first line: the colour running out towards the axis. */
function fade(stroke: string): uPlot.Series.Fill {
  return (u) => {
    const g = u.ctx.createLinearGradient(0, u.bbox.top, 0, u.bbox.top + u.bbox.height);
    g.addColorStop(0, `${stroke}44`);
    g.addColorStop(1, `${stroke}05`);
    return g;
  };
}
