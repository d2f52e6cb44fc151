import { number } from "./format";
import type { PolicyName, PolicyOutcome } from "./types";
import { more } from "./verdict";

// Each policy has a shape and a colour, in the plot as in the table.
const shapes: Record<PolicyName, string> = {
  hpa: "M-4-4h8v8h-8z",
  highwater: "M0-5.5A5.5 5.5 0 1 1 0 5.5 5.5 5.5 0 1 1 0-5.5z",
  naive: "M0-5.5 5 4h-10z",
  constant: "M0-6 5 0 0 6-5 0z",
  oracle: "M-5 0H5M0-5V5",
};

export const Marker = ({ policy }: { policy: PolicyName }) => (
  <svg class={`marker marker-${policy}`} viewBox="-7 -7 14 14" width="14" height="14" aria-hidden="true">
    <path d={shapes[policy]} />
  </svg>
);

const width = 360;
const height = 216;
const edge = { left: 46, right: 14, top: 12, bottom: 42 };

export interface Axis {
  low: number;
  high: number;
  ticks: number[];
}

// axis spans values with round ticks; it always has some width.
export function axis(values: number[], least: number): Axis {
  let [low, high] = [Math.min(...values), Math.max(...values)];
  if (high - low < least) [low, high] = [(low + high - least) / 2, (low + high + least) / 2];
  const rough = (high - low) / 3;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * unit).find((s) => s >= rough)!;
  const [first, last] = [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)];
  return { low: first * step, high: last * step, ticks: Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(6))) };
}

// Frontier draws what each policy costs against how short it leaves the
// workload: the nearer to the lower left, the better.
export function Frontier({ list }: { list: PolicyOutcome[] }) {
  const dots = list.flatMap((r) => (r.podHoursChange == null ? [] : [{ policy: r.policy, x: 100 * r.podHoursChange, y: r.shortMinutes }]));
  if (dots.length < 2) return null;
  const wide = Math.max(...dots.map((d) => d.x)) - Math.min(...dots.map((d) => d.x));
  const xs = axis(dots.flatMap((d) => [d.x - 0.04 * wide, d.x + 0.04 * wide]), 2); // no mark on the frame
  const ys = axis([0, ...dots.map((d) => d.y)], 1);
  if (ys.low < 0) ys.low = 0;
  const x = (v: number) => edge.left + ((v - xs.low) / (xs.high - xs.low)) * (width - edge.left - edge.right);
  const y = (v: number) => height - edge.bottom - ((v - ys.low) / (ys.high - ys.low)) * (height - edge.top - edge.bottom);
  const words = dots.map((d) => `${d.policy}: ${number(d.y)} minutes short at ${more(d.x / 100)} pod-hours`).join("; ");
  // Those drawn last lie on top: Highwater's own is never hidden.
  const order = [...dots].sort((a, b) => Number(a.policy === "highwater") - Number(b.policy === "highwater"));

  return (
    <svg class="frontier" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`Short minutes against pod-hours. ${words}`} data-testid="frontier">
      {ys.ticks.filter((t) => t >= 0).map((t) => (
        <g key={t}>
          <path class="grid" d={`M${edge.left} ${y(t)}H${width - edge.right}`} />
          <text x={edge.left - 6} y={y(t) + 4} text-anchor="end">
            {number(t)}
          </text>
        </g>
      ))}
      {xs.ticks.map((t) => (
        <g key={t}>
          <path class="grid" d={`M${x(t)} ${edge.top}V${height - edge.bottom}`} />
          <text x={x(t)} y={height - edge.bottom + 15} text-anchor="middle">
            {t > 0 ? `+${number(t)}` : t < 0 ? `−${number(-t)}` : "0"}
          </text>
        </g>
      ))}
      <text class="axis" x={(edge.left + width - edge.right) / 2} y={height - 6} text-anchor="middle">
        pod-hours, % more than the HPA alone
      </text>
      <text class="axis" transform={`translate(11 ${(edge.top + height - edge.bottom) / 2}) rotate(-90)`} text-anchor="middle">
        short minutes
      </text>
      {order.map((d) => (
        <g key={d.policy} class={`marker marker-${d.policy}`} transform={`translate(${x(d.x).toFixed(1)} ${y(d.y).toFixed(1)})`}>
          <path d={shapes[d.policy]} />
        </g>
      ))}
    </svg>
  );
}
