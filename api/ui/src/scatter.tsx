import { axis } from "./frontier";
import { quantity, tick } from "./format";
import type { CapacityMethod, Dot } from "./types";

const width = 460;
const height = 200;
const edge = { left: 54, right: 14, top: 10, bottom: 38 };

const words: Partial<Record<CapacityMethod, [x: string, y: string]>> = {
  CPU: ["load of a pod", "CPU cores of a pod"],
  Latency: ["load of a pod", "latency in s"],
  USL: ["ready pods", "load of all"],
};

// ScatterPlot draws what a capacity was found from: the observations and the
// fitted line, with the capacity in use.
export function ScatterPlot({ plot, unit, perPod }: { plot: { method: CapacityMethod; points: Dot[] | null; curve: Dot[] | null }; unit: string; perPod: number | null }) {
  const points = plot.points ?? [];
  const curve = plot.curve ?? [];
  const all = [...points, ...curve];
  if (all.length < 2) return null;
  const tiny = Math.max(...all.map((d) => d.x)) / 1e6 || 1;
  const xs = axis([0, ...all.map((d) => d.x), ...(perPod == null ? [] : [perPod])], tiny);
  const ys = axis([0, ...all.map((d) => d.y)], Math.max(...all.map((d) => d.y)) / 1e6 || 1);
  const x = (v: number) => edge.left + ((v - xs.low) / (xs.high - xs.low)) * (width - edge.left - edge.right);
  const y = (v: number) => height - edge.bottom - ((v - ys.low) / (ys.high - ys.low)) * (height - edge.top - edge.bottom);
  const [across, up] = words[plot.method] ?? ["load", ""];

  return (
    <svg class="scatter" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${up} against ${across}: ${points.length} observations${perPod == null ? "" : `; in use ${quantity(perPod, unit)} a pod`}`}>
      {ys.ticks.map((t) => (
        <g key={t}>
          <path class="grid" d={`M${edge.left} ${y(t)}H${width - edge.right}`} />
          <text x={edge.left - 6} y={y(t) + 4} text-anchor="end">
            {tick(t, plot.method === "USL" ? unit : "")}
          </text>
        </g>
      ))}
      {xs.ticks.map((t) => (
        <text key={t} x={x(t)} y={height - edge.bottom + 15} text-anchor="middle">
          {tick(t, plot.method === "USL" ? "" : unit)}
        </text>
      ))}
      <text x={(edge.left + width - edge.right) / 2} y={height - 4} text-anchor="middle">
        {across}
        {plot.method !== "USL" && unit && `, ${unit}`}
      </text>
      <text transform={`translate(11 ${(edge.top + height - edge.bottom) / 2}) rotate(-90)`} text-anchor="middle">
        {up}
      </text>
      {points.map((d, i) => (
        <circle key={i} class="dot" cx={x(d.x).toFixed(1)} cy={y(d.y).toFixed(1)} r="2.5" />
      ))}
      {curve.length > 1 && <polyline class="curve" points={curve.map((d) => `${x(d.x).toFixed(1)},${y(d.y).toFixed(1)}`).join(" ")} />}
      {perPod != null && <path class="at" d={`M${x(perPod).toFixed(1)} ${edge.top}V${height - edge.bottom}`} />}
    </svg>
  );
}
