import { useEffect, useState } from "preact/hooks";
import type { Timeline } from "./timeline";

const spans = [
  ["± 1 h", 3600],
  ["± 6 h", 6 * 3600],
] as const;

// Zoom sets the span that the plots show, for keys and fingers; a mouse may
// also drag over a plot.
export function Zoom({ timeline }: { timeline: Timeline }) {
  const [, again] = useState(0);
  useEffect(() => timeline.listen(() => again((n) => n + 1)), [timeline]);
  return (
    <div class="zoom" role="group" aria-label="Span of the plots">
      {spans.map(([words, s]) => (
        <button type="button" key={words} onClick={() => timeline.zoomTo([timeline.now - s, timeline.now + s])}>
          {words}
        </button>
      ))}
      <button type="button" disabled={!timeline.isZoomed} onClick={() => timeline.reset()} data-testid="zoom-reset">
        All
      </button>
      <span class="quiet wide-only">drag to zoom, double-click for all, ← → to read</span>
    </div>
  );
}
