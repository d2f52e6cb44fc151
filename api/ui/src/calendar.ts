import { ahead, pods, seconds, span, when } from "./format";
import type { Calendar, Scheduled } from "./types";

type Row = [name: string, value: string, more?: string];

// calendarRows tells what the forecast knows beyond the clock.
export function calendarRows(c: Calendar | null, now: number): Row[] {
  if (!c) return [["Calendar", "none"]];
  const rows: Row[] = [["Time zone", c.timeZone]];
  if (c.holidays?.length) rows.push(["Holidays", c.holidays.join(", "), c.today ? `today: ${c.today}` : ""]);
  const [start, end] = [seconds(c.event?.start), seconds(c.event?.end)];
  if (c.event && start != null && end != null) {
    const { name, multiplier } = c.event;
    const times = multiplier === 1 ? "unusual in a way not known" : `${multiplier} times the usual load`;
    const on = start <= now ? `on until ${when(end, now)}` : `${when(start, now)}, ${ahead(start, now)}, for ${span(end - start)}`;
    rows.push([start <= now ? "Event" : "Next event", name, `${times}; ${on}`]);
  }
  return rows;
}

// The most spans that are told of at once.
const shown = 4;

// scheduledRows tells what floors keep to at times of the clock.
export function scheduledRows(list: Scheduled[] | null, now: number): Row[] {
  const rows: Row[] = [];
  for (const s of list ?? []) {
    const [from, to] = [seconds(s.from), seconds(s.to)];
    if (from == null || to == null || to <= now || rows.length === shown) continue;
    const bound = s.min == null ? `at most ${pods(s.max ?? 0)}` : s.max == null ? `at least ${pods(s.min)}` : `${s.min} to ${pods(s.max)}`;
    const on = from <= now ? `on until ${when(to, now)}` : `${when(from, now)}, ${ahead(from, now)}, for ${span(to - from)}`;
    rows.push(["Scheduled", s.name.replace(/^the schedule "(.*)"$/, "$1"), `floors of ${bound}; ${on}`]);
  }
  return rows;
}
