import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { type Colours, colours, useScheme } from "./theme";
import type { Timeline } from "./timeline";

// A Look is what one plot adds to the common frame.
export interface Look {
  series: uPlot.Series[];
  bands?: uPlot.Band[];
  yRange: (max: number) => [number, number];
  yText: (v: number) => string;
  yIncrements: number[] | null;
  bare?: boolean; // the plot below shows the times
  under?: (u: uPlot, c: Colours) => void; // drawn below the series
  over?: (u: uPlot, c: Colours) => void;
}

interface Props {
  testid: string;
  label: string; // for those who cannot see the plot
  height: number;
  timeline: Timeline;
  data: uPlot.AlignedData;
  shape: string; // what the look depends on; another shape makes a new plot
  look: (c: Colours) => Look;
  onTime: (t: number | null) => void; // where the cursor is
}

const gutter = 62; // CSS pixels of the y axis: the same in every plot, so that times line up

// Plot draws data over the shared timeline. New data keeps zoom and cursor.
export function Plot({ testid, label, height, timeline, data, shape, look, onTime }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const newest = useRef(data);
  const [width, setWidth] = useState(0);
  const scheme = useScheme();
  newest.current = data;

  useEffect(() => {
    const watch = new ResizeObserver(([e]) => setWidth(Math.floor(e!.contentRect.width)));
    watch.observe(frame.current!);
    return () => watch.disconnect();
  }, []);

  useEffect(() => {
    if (width === 0) return;
    const u = new uPlot(options(width, height, timeline, look, onTime), newest.current, frame.current!);
    plot.current = u;
    timeline.show(u);
    const leave = timeline.join(u);
    return () => {
      leave();
      u.destroy();
      plot.current = null;
    };
  }, [shape, scheme, width === 0]);

  useEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height });
  }, [width, height]);

  useEffect(() => {
    const u = plot.current;
    if (!u) return;
    u.setData(data, false);
    timeline.show(u);
  }, [data]);

  const key = (e: KeyboardEvent) => {
    const u = plot.current;
    const pace = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
    if (e.key === "Escape") timeline.reset();
    if (!u || !pace) return;
    e.preventDefault();
    const [from, to] = timeline.range;
    const at = (u.cursor.left ?? -1) >= 0 ? u.posToVal(u.cursor.left!, "x") : timeline.now;
    timeline.point(Math.min(to, Math.max(from, at + (pace * (to - from)) / (e.shiftKey ? 20 : 200))));
  };

  return (
    <div class="plot" data-testid={testid} role="group" aria-roledescription="plot" aria-label={label} tabIndex={0} onKeyDown={key}>
      <div class="plot-frame" ref={frame} style={{ height: `${height}px` }} />
    </div>
  );
}

function options(width: number, height: number, timeline: Timeline, look: Props["look"], onTime: Props["onTime"]): uPlot.Options {
  const c = colours();
  const l = look(c);
  const font = "12px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
  const axis = { stroke: c.muted, font, grid: { stroke: c.line, width: 1 }, ticks: { stroke: c.line, width: 1, size: 4 } };
  return {
    width,
    height,
    padding: [12, 24, 0, 0], // half a date, as there may be one below the right end
    legend: { show: false },
    scales: { x: { time: true, auto: false }, y: { range: (_u, _min, max) => l.yRange(max ?? 0) } },
    axes: [
      l.bare ? { ...axis, space: 64, size: 10, values: (_u: uPlot, splits: number[]) => splits.map(() => "") } : { ...axis, space: 64, values: times },
      {
        ...axis,
        size: gutter,
        space: 34,
        values: (_u: uPlot, splits: number[]) => splits.map(l.yText),
        ...(l.yIncrements && { incrs: l.yIncrements }),
      },
    ],
    series: [{}, ...l.series.map((s) => ({ points: { show: false }, ...s }))],
    bands: l.bands ?? [],
    cursor: {
      sync: { key: "highwater", scales: ["x", null] },
      drag: { x: true, y: false, setScale: false },
      y: false,
      points: { show: false },
      bind: { dblclick: () => () => (timeline.reset(), null) },
    },
    hooks: {
      drawAxes: [(u) => l.under?.(u, c)],
      draw: [(u) => l.over?.(u, c), (u) => upright(u, timeline.now, "now", c)],
      setCursor: [(u) => onTime((u.cursor.left ?? -1) >= 0 ? u.posToVal(u.cursor.left!, "x") : null)],
      setSelect: [
        (u) => {
          const { left, width } = u.select;
          if (width < 4) return;
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          timeline.zoomTo([u.posToVal(left, "x"), u.posToVal(left + width, "x")]);
        },
      ],
    },
  };
}

// The ticks of the time axis, in the browser's zone: step, text, then the
// second line where the year, month and day change.
const times = [
  [86400, "{D} {MMM}", null, null, null, null, null, null, 1],
  [3600, "{HH}:{mm}", null, null, "\n{WWW} {D}", null, null, null, 1],
  [60, "{HH}:{mm}", null, null, "\n{WWW} {D}", null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", null, null, "\n{WWW} {D}", null, null, null, 1],
];

// upright draws a vertical line at a time, with a word at its head.
function upright(u: uPlot, t: number, word: string, c: Colours) {
  const x = Math.round(u.valToPos(t, "x", true));
  const { left, top, width, height } = u.bbox;
  if (x < left || x > left + width) return;
  const { ctx } = u;
  const unit = uPlot.pxRatio;
  ctx.save();
  ctx.strokeStyle = c.ink;
  ctx.lineWidth = unit;
  ctx.setLineDash([]);
  ctx.beginPath();
  ctx.moveTo(x + 0.5, top - 2 * unit);
  ctx.lineTo(x + 0.5, top + height);
  ctx.stroke();
  ctx.fillStyle = c.ink;
  ctx.font = `600 ${11 * unit}px system-ui, sans-serif`;
  const end = left + width - x < 40 * unit; // no room on the right
  ctx.textAlign = end ? "right" : "left";
  ctx.textBaseline = "top";
  lettered(ctx, word, x + (end ? -5 : 5) * unit, top - 2 * unit, c);
  ctx.restore();
}

// lettered writes a word that stays readable over lines.
function lettered(ctx: CanvasRenderingContext2D, word: string, x: number, y: number, c: Colours) {
  ctx.save();
  ctx.setLineDash([]);
  ctx.lineJoin = "round";
  ctx.lineWidth = 4 * uPlot.pxRatio;
  ctx.strokeStyle = c.panel;
  ctx.strokeText(word, x, y);
  ctx.restore();
  ctx.fillText(word, x, y);
}

// level draws a horizontal dashed line with a word at its left end. Above
// the plot it becomes a note at the top edge.
export function level(u: uPlot, v: number, word: string, dash: number[], c: Colours) {
  const { left, top, width, height } = u.bbox;
  const { ctx } = u;
  const unit = uPlot.pxRatio;
  const y = Math.round(u.valToPos(v, "y", true));
  const outside = y < top;
  if (y > top + height + 1) return;
  ctx.save();
  ctx.fillStyle = ctx.strokeStyle = c.muted;
  ctx.font = `${11 * unit}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  if (outside) {
    ctx.textBaseline = "top";
    lettered(ctx, `${word} ↑`, left + 6 * unit, top + 2 * unit, c);
  } else {
    ctx.lineWidth = unit;
    ctx.setLineDash(dash.map((d) => d * unit));
    ctx.beginPath();
    ctx.moveTo(left, y + 0.5);
    ctx.lineTo(left + width, y + 0.5);
    ctx.stroke();
    ctx.textBaseline = "bottom";
    lettered(ctx, word, left + 6 * unit, y - 2 * unit, c);
  }
  ctx.restore();
}
