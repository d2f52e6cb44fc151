import type { Timeline } from "./timeline";

const lengths = [60, 120, 300, 600, 900, 1800, 3600, 7200, 14400]; // seconds
const most = 300; // steps that a plot has room for

// stepFor returns the shortest step of which a span has no more than a plot has room for.
export const stepFor = (span: number) => lengths.find((s) => span <= s * most) ?? lengths.at(-1)!;

const unseen = 2 * 86400; // a day of history and a day of forecast, until the first answer

// part returns the parameters that ask for what the plots show. A zoom reaches
// to now all the same, since the page says what holds now.
export function part({ zoom, whole, now }: Pick<Timeline, "zoom" | "whole" | "now">): string {
  if (!zoom) return `step=${stepFor(now ? whole[1] - whole[0] : unseen)}s`;
  const from = Math.min(zoom[0], now);
  const to = Math.max(zoom[1], now);
  const step = stepFor(to - from);
  return `step=${step}s&from=${iso(from - step)}&to=${iso(to + step)}`; // lines go on to the edges
}

const iso = (t: number) => new Date(t * 1000).toISOString();
