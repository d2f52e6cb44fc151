import { useMemo, useState } from "preact/hooks";
import uPlot from "uplot";
import { count, seconds } from "./format";
import { Legend } from "./legend";
import { level, Plot } from "./plot";
import { lastAt, union } from "./steps";
import type { Colours } from "./theme";
import type { Timeline } from "./timeline";
import type { Detail, Grid, Plan } from "./types";

interface Tracks {
  floor: { time: number; floor: number }[];
  replicas: { time: number; replicas: number | null }[];
  ready: { time: number; replicas: number | null }[];
  needed: { time: number; needed: number }[];
}

// told is what kube-state-metrics told of the replicas; unknown ones stay gaps.
function told(grid: Grid<number | null> | null | undefined, until: number): Tracks["ready"] {
  if (!grid) return [];
  const start = seconds(grid.start) ?? 0;
  return grid.values.map((replicas, i) => ({ time: start + i * grid.stepSeconds, replicas })).filter((p) => p.time < until);
}

// tracks joins the past to the plan, with what holds now between them. What
// this process has seen itself wins over what it was told.
export function tracks(plan: Plan, w: Pick<Detail, "floor" | "replicas">, now: number): Tracks {
  const past = (plan.past ?? []).map((p) => ({ ...p, time: seconds(p.time) ?? 0 })).filter((p) => p.time < now);
  const points = (plan.points ?? []).map((p) => ({ ...p, time: seconds(p.time) ?? 0 }));
  return {
    floor: [...past, { time: now, floor: w.floor }, ...points.filter((p) => p.time > now)],
    replicas: [...told(plan.pods?.wanted, past[0]?.time ?? now), ...past, { time: now, replicas: w.replicas }],
    ready: told(plan.pods?.ready, now),
    needed: points,
  };
}

// Every line has a value at every time, so that none depends on how gaps are drawn.
function table(t: Tracks, now: number): uPlot.AlignedData {
  const times = union(...[t.floor, t.replicas, t.needed, t.ready].map((l) => l.map((p) => p.time)), [now]);
  return [
    times,
    times.map((at) => lastAt(t.floor, at)?.floor ?? null),
    times.map((at) => (at <= now ? (lastAt(t.replicas, at)?.replicas ?? null) : null)),
    times.map((at) => lastAt(t.needed, at)?.needed ?? null),
    times.map((at) => (at <= now ? (lastAt(t.ready, at)?.replicas ?? null) : null)),
  ];
}

const far = 1.5; // a ceiling beyond this many times the rest is named, not drawn

const look = (baseline: number, ceiling: number) => (c: Colours) => {
  const paths = uPlot.paths.stepped!({ align: 1 });
  return {
    series: [
      { stroke: c.accent, width: 2.5, fill: c.band, paths },
      { stroke: c.warm, width: 1.5, paths },
      { stroke: c.muted, width: 1.25, dash: [5, 3], paths },
      { stroke: c.warm, width: 1, dash: [2, 3], paths },
    ] as uPlot.Series[],
    yRange: (max: number): [number, number] => {
      const most = Math.max(max, baseline, 1);
      return [0, (ceiling <= most * far ? Math.max(most, ceiling) : most) * 1.12];
    },
    yText: (v: number) => (Number.isInteger(v) ? count(v) : ""),
    yIncrements: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000],
    over: (u: uPlot, c: Colours) => {
      level(u, baseline, `baseline ${baseline}`, [2, 3], c);
      level(u, ceiling, `ceiling ${ceiling}`, [8, 4], c);
    },
  };
};

export function FloorPlot({ plan, workload, timeline, now }: { plan: Plan; workload: Detail; timeline: Timeline; now: number }) {
  const [time, onTime] = useState<number | null>(null);
  const lines = useMemo(() => tracks(plan, workload, now), [plan]);
  const data = useMemo(() => table(lines, now), [lines]);
  const t = time ?? now;

  return (
    <section class="plot-section">
      <h2>
        Floor <span class="quiet">in pods</span>
      </h2>
      <Legend
        time={time}
        now={now}
        entries={[
          { words: "floor", swatch: "floor", value: count(lastAt(lines.floor, t)?.floor) },
          { words: "needed", swatch: "needed", value: count(lastAt(lines.needed, t)?.needed) },
          { words: "replicas", swatch: "replicas", value: count(t <= now ? lastAt(lines.replicas, t)?.replicas : null) },
          ...(lines.ready.length ? [{ words: "ready", swatch: "ready", value: count(t <= now ? lastAt(lines.ready, t)?.replicas : null) }] : []),
        ]}
      />
      <Plot
        testid="plot-floor"
        label={`Floors of the past and of the plan. ${workload.message}`}
        height={230}
        timeline={timeline}
        data={data}
        shape={`${workload.baseline}/${workload.ceiling}`}
        look={look(workload.baseline, workload.ceiling)}
        onTime={onTime}
      />
    </section>
  );
}
