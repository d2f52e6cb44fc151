import { Time } from "./time";

export interface Entry {
  words: string;
  swatch: string; // the class of its sample: "line", "dash", "band", …
  value: string;
}

// Legend names the lines of a plot, with their values at the cursor or now.
export function Legend({ time, now, entries }: { time: number | null; now: number; entries: Entry[] }) {
  return (
    <div class="legend">
      <span class="legend-time">{time == null ? "now" : <Time t={Math.round(time / 60) * 60} now={now} />}</span>
      {entries.map((e) => (
        <span class="legend-entry" key={e.words}>
          <i class={`swatch swatch-${e.swatch}`} />
          {e.words} <b>{e.value}</b>
        </span>
      ))}
    </div>
  );
}
