import type { Summary } from "./types";

// FloorNow shows the recommended floor, and where it comes from if raised.
export function FloorNow({ w }: { w: Summary }) {
  if (w.floor === w.baseline) return <span class="floor">{w.floor}</span>;
  return (
    <span class="floor floor-raised" title={`baseline ${w.baseline}, recommended floor ${w.floor}, minReplicas now ${w.current}`}>
      <span class="from">{w.baseline} →</span> {w.floor}
    </span>
  );
}

// Replicas shows the pods there are, and how many the autoscaler wants if not the same.
export function Replicas({ w }: { w: Summary }) {
  if (w.replicas === w.desired) return <span>{w.replicas}</span>;
  return (
    <span title={`${w.replicas} running, ${w.desired} wanted by the autoscaler`}>
      {w.replicas} <span class="from">→ {w.desired}</span>
    </span>
  );
}
