import type { Detail, Signal } from "./types";

// Troubles lists what somebody has to mend, and what casts doubt, worst first.
export function Troubles({ w, signal }: { w: Detail; signal: Signal | undefined }) {
  const missing = signal?.noForecast ?? w.noForecast;
  const list = [
    ...(w.error ? [{ kind: "bad", code: "TickFailed", where: "", text: w.error }] : []),
    ...(w.problems ?? []).map((p) => ({ kind: p.fatal ? "bad" : "warn", code: p.code, where: p.field, text: p.message })),
    ...(missing ? [{ kind: "doubt", code: `No forecast: ${missing.reason}`, where: "", text: missing.detail }] : []),
    ...(w.warnings ?? []).map((p) => ({ kind: "warn", code: p.code, where: "", text: p.message })),
    ...(signal?.warnings ?? []).map((text) => ({ kind: "warn", code: "Prometheus", where: "", text })),
  ];
  if (list.length === 0) return null;
  return (
    <ul class="troubles" data-testid="troubles">
      {list.map((t) => (
        <li key={t.code + t.where + t.text} class={`trouble-${t.kind}`}>
          <b>{t.code}</b> {t.where && <code>{t.where}</code>}
          <p>{t.text}</p>
        </li>
      ))}
    </ul>
  );
}
