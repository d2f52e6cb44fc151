import { ahead, seconds, span, when } from "./format";
import type { Calendar } from "./types";

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
