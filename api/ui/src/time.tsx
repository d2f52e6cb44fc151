import { clock, clockSeconds, day, seconds, unknown, utc, when } from "./format";

// Time shows a time in the browser's zone, with UTC as its tooltip.
export function Time({ t, now, precise }: { t: string | number | null | undefined; now?: number; precise?: boolean }) {
  const s = typeof t === "number" ? t : seconds(t);
  if (s == null) return <span>{unknown}</span>;
  const text = precise ? `${day(s)} ${clockSeconds(s)}` : now == null ? `${day(s)} ${clock(s)}` : when(s, now);
  return (
    <time dateTime={new Date(s * 1000).toISOString()} title={utc(s)}>
      {text}
    </time>
  );
}
