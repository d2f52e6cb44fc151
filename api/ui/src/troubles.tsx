import { notes } from "./findings";
import type { Detail, Signal } from "./types";

// Troubles lists what somebody has to mend, what casts doubt, and what was
// found in the history, worst first.
export function Troubles({ w, signal }: { w: Detail; signal: Signal | undefined }) {
  const missing = signal?.noForecast ?? w.noForecast;
  const list = [
    ...(w.error ? [{ kind: "bad", code: "TickFailed", where: "", lines: [w.error] }] : []),
    ...(w.problems ?? []).map((p) => ({ kind: p.fatal ? "bad" : "warn", code: p.code, where: p.field, lines: [p.message] })),
    ...(missing ? [{ kind: "doubt", code: `No forecast: ${missing.reason}`, where: "", lines: [missing.detail] }] : []),
    ...(w.warnings ?? []).map((p) => ({ kind: "warn", code: p.code, where: "", lines: [p.message] })),
    ...(signal?.warnings ?? []).map((text) => ({ kind: "warn", code: "Prometheus", where: "", lines: [text] })),
    ...notes(signal?.findings ?? [], w.warnings ?? []).map((n) => ({ kind: "note", code: n.kind, where: "", lines: n.lines })),
  ];
  if (list.length === 0) return null;
  return (
    <ul class="troubles" data-testid="troubles">
      {list.map((t) => (
        <li key={t.code + t.where + t.lines[0]} class={`trouble-${t.kind}`}>
          <b>{t.code}</b> {t.where && <code>{t.where}</code>}
          {t.lines.map((text) => (
            <p key={text}>{text}</p>
          ))}
        </li>
      ))}
    </ul>
  );
}
