import { useMemo, useState } from "preact/hooks";
import type uPlot from "uplot";
import { between, increments, percent, quantity, seconds, tick, unknown } from "./format";
import { Legend } from "./legend";
import { Plot } from "./plot";
import { gridAt } from "./steps";
import type { Colours } from "./theme";
import type { Timeline } from "./timeline";
import type { Forecast } from "./types";

export interface Quantiles {
  low: number;
  median: number;
  high: number; // indices
}

// pick chooses the outer quantiles and the one nearest to the median.
export function pick(quantiles: readonly number[]): Quantiles {
  let median = 0;
  quantiles.forEach((q, i) => {
    if (Math.abs(q - 0.5) < Math.abs(quantiles[median]! - 0.5)) median = i;
  });
  return { low: 0, median, high: Math.max(0, quantiles.length - 1) };
}

// table lines history and forecast up over one list of times, the forecast
// after the last known load: time, high, low, median, history.
export function table(f: Forecast): uPlot.AlignedData {
  const history = f.history?.values ?? [];
  let known = history.length;
  while (known > 0 && history[known - 1] == null) known--;
  const start = seconds(f.history?.start) ?? 0;
  const past = history.slice(0, known).map((v, i) => [start + i * f.history!.stepSeconds, null, null, null, v] as const);

  const after = past.at(-1)?.[0] ?? -Infinity;
  const q = pick(f.quantiles ?? []);
  const from = seconds(f.forecast?.start) ?? 0;
  const future = (f.forecast?.values ?? [])
    .map((v, i) => [from + i * f.forecast!.stepSeconds, v[q.high] ?? null, v[q.low] ?? null, v[q.median] ?? null, null] as const)
    .filter(([t]) => t > after);

  const rows = [...past, ...future];
  return [0, 1, 2, 3, 4].map((i) => rows.map((r) => r[i]!)) as unknown as uPlot.AlignedData;
}

const look = (unit: string) => (c: Colours) => ({
  bare: true,
  series: [
    { stroke: c.accent, width: 1, dash: [2, 3] },
    { stroke: c.accent, width: 1, dash: [2, 3] },
    { stroke: c.accent, width: 2 },
    { stroke: c.ink, width: 1.25 },
  ] as uPlot.Series[],
  bands: [{ series: [1, 2] as [number, number], fill: c.band }],
  yRange: (max: number): [number, number] => [0, max > 0 ? max * 1.1 : 1],
  yText: (v: number) => tick(v, unit),
  yIncrements: increments(unit),
});

// LoadPlot draws a load and its forecast. value is its newest one, of which the
// history has only the mean of a step.
export function LoadPlot({ forecast, value, timeline, now }: { forecast: Forecast; value: number | null; timeline: Timeline; now: number }) {
  const [time, onTime] = useState<number | null>(null);
  const data = useMemo(() => table(forecast), [forecast]);
  const { history, unit } = forecast;
  const quantiles = forecast.quantiles ?? [];
  const q = pick(quantiles);
  const t = time ?? now;
  const past = !history ? null : time == null ? value : gridAt(seconds(history.start) ?? 0, history.stepSeconds, history.values, time);
  const f = forecast.forecast;
  // The forecast begins with the step after the last known load; until then its first row is what holds.
  const begin = seconds(f?.start) ?? 0;
  const row = f && t >= now - f.stepSeconds ? gridAt(begin, f.stepSeconds, f.values, Math.max(t, begin)) : null;
  const of = (i: number) => (row ? quantity(row[i], unit) : unknown);

  const entries = [{ words: "load", swatch: "history", value: quantity(past, unit) }];
  if (f) {
    entries.push(
      { words: "median forecast", swatch: "median", value: of(q.median) },
      {
        words: `${percent(quantiles[q.low])} to ${percent(quantiles[q.high])}`,
        swatch: "band",
        value: row ? between(row[q.low], row[q.high], unit) : unknown,
      },
    );
  }
  return (
    <section class="plot-section">
      <h2>
        Load <span class="quiet">{axisUnit(unit)}</span>
      </h2>
      <Legend time={time} now={now} entries={entries} />
      {!history && <p class="quiet">No history: nothing is known of this load in the last 24 hours.</p>}
      <Plot
        testid="plot-load"
        label={`Load of the last 24 hours${f ? `, and its forecast; the median is ${of(q.median)} now` : "; there is no forecast"}`}
        height={236}
        timeline={timeline}
        data={data}
        shape={unit}
        look={look(unit)}
        onTime={onTime}
      />
    </section>
  );
}

const axisUnit = (unit: string) => (unit.startsWith("bytes") ? (unit === "bytes/s" ? "per second" : "") : unit ? `in ${unit}` : "");
