import { useMemo, useState } from "preact/hooks";
import uPlot from "uplot";
import { number, percent, seconds } from "./format";
import { Legend } from "./legend";
import type { PlanReport } from "./plantypes";
import { Plot } from "./plot";
import { lastAt } from "./steps";
import type { Colours } from "./theme";
import { Timeline } from "./timeline";

// columns are the rows of a plan as steps, the last of which ends with it:
// time, pods if the high load comes, pods, pods of the autoscalers alone.
export function columns(r: PlanReport): uPlot.AlignedData {
  const rows = r.fleet ?? [];
  const times = rows.map((x) => seconds(x.time) ?? 0);
  const last = rows.at(-1);
  if (last) times.push(times.at(-1)! + r.stepSeconds);
  const all = last ? [...rows, last] : rows;
  return [times, all.map((x) => x.podsHigh), all.map((x) => x.pods), all.map((x) => x.alone)];
}

const look = (c: Colours) => {
  const paths = uPlot.paths.stepped!({ align: 1 });
  return {
    series: [
      { stroke: c.accent, width: 1, dash: [2, 3], paths },
      { stroke: c.accent, width: 2.5, fill: c.band, paths },
      { stroke: c.warm, width: 1.5, paths },
    ] as uPlot.Series[],
    yRange: (max: number): [number, number] => [0, Math.max(max, 1) * 1.1],
    yText: (v: number) => number(v),
    yIncrements: null,
  };
};

// FleetPlot draws the pods of all workloads over the plan.
export function FleetPlot({ report: r }: { report: PlanReport }) {
  const [time, onTime] = useState<number | null>(null);
  const [timeline, data] = useMemo(() => {
    const line = new Timeline();
    const table = columns(r);
    const times = table[0] as number[];
    const [from, to] = [times[0] ?? 0, times.at(-1) ?? 1];
    line.extend([from, to], 2 * from - to); // now lies before the plot, and is not drawn
    return [line, table];
  }, [r]);
  const rows = useMemo(() => (r.fleet ?? []).map((x) => ({ ...x, time: seconds(x.time) ?? 0 })), [r]);
  const from = seconds(r.from) ?? 0;
  const at = time == null ? rows[0] : lastAt(rows, time);

  return (
    <section class="plot-section">
      <h2>
        All workloads <span class="quiet">in pods</span>
      </h2>
      <Legend
        time={time ?? from}
        now={from}
        entries={[
          { words: "with Highwater", swatch: "floor", value: number(at?.pods) },
          { words: `if the ${percent(r.quantiles[1])} load comes`, swatch: "high", value: number(at?.podsHigh) },
          { words: "autoscalers alone", swatch: "replicas", value: number(at?.alone) },
        ]}
      />
      <Plot
        testid="plot-plan"
        label={`Pods of all workloads over the plan, with Highwater and with the autoscalers alone; at most ${number(Math.ceil(r.total.podsMost))}`}
        height={240}
        timeline={timeline}
        data={data}
        shape={r.from + r.to}
        look={look}
        onTime={onTime}
      />
    </section>
  );
}
