// Times are seconds; a step function holds each value until the next.
export interface At {
  time: number;
}

// lastAt returns the last of the points, sorted by time, that is not after t.
export function lastAt<T extends At>(points: readonly T[], t: number): T | null {
  let lo = 0;
  let hi = points.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (points[mid]!.time <= t) lo = mid + 1;
    else hi = mid;
  }
  return points[lo - 1] ?? null;
}

// expand turns changes of a floor into the corners of the line that draws it
// over [from, to]. What holds at `from` is what the last change before it
// said; before the first change, what that one says.
export function expand(changes: readonly (At & { floor: number })[], from: number, to: number): { time: number; floor: number }[] {
  const first = lastAt(changes, from) ?? changes[0];
  if (!first) return [];
  let floor = first.floor;
  const corners = [{ time: from, floor }];
  for (const c of changes) {
    if (c.time <= from || c.time > to || c.floor === floor) continue;
    corners.push({ time: c.time, floor }, { time: c.time, floor: c.floor });
    floor = c.floor;
  }
  corners.push({ time: to, floor });
  return corners;
}

// highest returns the first time of the highest floor.
export function highest<T extends At & { floor: number }>(changes: readonly T[]): T | null {
  let best: T | null = null;
  for (const c of changes) if (!best || c.floor > best.floor) best = c;
  return best;
}

// gridAt returns the value of the step of an even grid that t is in; null outside of it.
export function gridAt<T>(start: number, step: number, values: readonly T[], t: number): T | null {
  if (values.length === 0) return null;
  return values[Math.floor((t - start) / step)] ?? null;
}

// union returns all the times, sorted, each once.
export function union(...lists: readonly number[][]): number[] {
  return [...new Set(lists.flat())].sort((a, b) => a - b);
}
