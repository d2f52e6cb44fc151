import { clock, pods, seconds } from "./format";
import { expand, highest } from "./steps";
import type { Summary } from "./types";

const width = 168;
const height = 34;
const hours = 24;

// Sparkline draws the plan of the next 24 hours: the floor as a step line,
// what is above the baseline filled, the baseline dotted.
export function Sparkline({ workload, now }: { workload: Summary; now: number }) {
  const changes = (workload.plan ?? []).map((c) => ({ time: seconds(c.time) ?? now, floor: c.floor }));
  const corners = expand(changes, now, now + hours * 3600);
  if (corners.length === 0) return <span class="quiet">no plan</span>;

  const top = Math.max(workload.baseline * 1.6, ...corners.map((c) => c.floor), 1);
  const x = (t: number) => ((t - now) / (hours * 3600)) * width;
  const y = (floor: number) => height - 2 - (floor / top) * (height - 5);
  const line = corners.map((c) => `${x(c.time).toFixed(1)},${y(c.floor).toFixed(1)}`).join(" ");
  const base = y(workload.baseline).toFixed(1);
  const peak = highest(corners)!;
  const words =
    peak.floor > corners[0]!.floor
      ? `${pods(corners[0]!.floor)} now, up to ${peak.floor} at ${clock(peak.time)}`
      : `${pods(corners[0]!.floor)} now, never more in the next 24 hours`;

  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={`Planned floor: ${words}`} preserveAspectRatio="none">
      <title>{words}</title>
      {[6, 12, 18].map((h) => (
        <path key={h} class="spark-tick" d={`M${(h / hours) * width} ${height}v-4`} />
      ))}
      <polygon class="spark-fill" points={`0,${base} ${line} ${width},${base}`} />
      <path class="spark-base" d={`M0 ${base}H${width}`} />
      <polyline class="spark-line" points={line} />
    </svg>
  );
}
