import type { Mode, PlanPoint, Reason } from "../src/types";

// A made-up fleet: plausible to look at, and the same on every start.

export const speed = 60;
const started = Date.now();
const epoch = Math.floor(Date.now() / 86400_000) * 86400 + 7.4 * 3600;
export const clock = () => epoch + ((Date.now() - started) / 1000) * speed;
export const tick = () => Math.floor(clock() / 60) * 60;
export const iso = (t: number) => new Date(t * 1000).toISOString();

// hash is a number in [0, 1) for any words.
export function hash(...words: (string | number)[]): number {
  let h = 2166136261;
  for (const c of words.join("/")) h = Math.imul(h ^ c.charCodeAt(0), 16777619);
  h = Math.imul(h ^ (h >>> 15), 2246822507);
  h = Math.imul(h ^ (h >>> 13), 3266489909);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

export interface Made {
  namespace: string;
  name: string;
  kind: string;
  unit: string;
  perPod: number;
  low: number;
  high: number; // load
  peakHour: number;
  baseline: number;
  ceiling: number;
  mode: Mode;
  fate: "" | "suspended" | "invalid" | "short" | "noforecast" | "doubt";
  query: string;
  source: string;
}

const spaces = ["shop", "search", "payments", "media", "platform", "ml-serving"];
const names = ["web", "api", "checkout", "worker", "gateway", "sessions", "thumbnails", "recommendations", "ingest", "mailer-with-a-rather-long-name"];
const kinds = [
  { unit: "requests/s", perPod: 55, from: "learned: p95 latency stays below 200 ms up to this" },
  { unit: "cores", perPod: 0.35, from: "70% of the 500m CPU that a pod requests" },
  { unit: "bytes", perPod: 1.2 * 2 ** 30, from: "60% of the 2Gi memory that a pod requests" },
  { unit: "messages/s", perPod: 12, from: "the AverageValue of the external metric" },
];

export function make(n: number): Made[] {
  return Array.from({ length: n }, (_, i) => {
    const namespace = spaces[i % spaces.length]!;
    const round = Math.floor(i / (spaces.length * names.length));
    const name = names[Math.floor(i / spaces.length) % names.length]! + (round ? `-${round}` : "");
    const r = (w: string) => hash(namespace, name, w);
    const kind = kinds[i === 0 ? 0 : Math.floor(r("kind") ** 1.3 * kinds.length)]!;
    const baseline = 2 + Math.floor(r("base") * 3);
    const pods = baseline * (1 + 5 * r("high") ** 1.5) + (i === 0 ? 14 : 0);
    const fates = { 7: "suspended", 10: "invalid", 13: "noforecast", 16: "doubt", 22: "noforecast" } as Record<number, Made["fate"]>;
    const ceiling = i % 9 === 5 ? Math.ceil(pods * 0.7) : Math.ceil(pods * (1.3 + 2 * r("ceil")));
    return {
      namespace,
      name,
      kind: i % 8 === 3 ? "ScaledObject" : "HorizontalPodAutoscaler",
      unit: kind.unit,
      perPod: kind.perPod,
      low: baseline * kind.perPod * (0.2 + 0.4 * r("low")),
      high: pods * kind.perPod,
      peakHour: i === 0 ? 9.5 : 8 + 12 * r("peak"),
      baseline,
      ceiling: Math.max(ceiling, baseline + 1),
      mode: i % 3 === 0 ? "Enforce" : "Observe",
      fate: fates[i % 60] ?? "",
      query: kind.unit === "cores" ? `sum(rate(container_cpu_usage_seconds_total{namespace="${namespace}", pod=~"${name}-.*", container!=""}[2m]))` : `sum(rate(http_requests_total{namespace="${namespace}", app="${name}"}[2m]))`,
      source: kind.from,
    };
  });
}

// expected is the load that comes at a time, without noise.
export function expected(m: Made, t: number): number {
  const hour = (t / 3600) % 24;
  const near = (h: number, width: number) => Math.exp(-(((((hour - h + 36) % 24) - 12) / width) ** 2));
  const shape = Math.min(1, near(m.peakHour, 2.2) + 0.75 * near(m.peakHour + 6, 2.5) + 0.12 * near(m.peakHour - 3, 1));
  const weekend = [0, 6].includes(new Date(t * 1000).getUTCDay()) ? 0.8 : 1;
  return m.low + (m.high - m.low) * shape * weekend;
}

export function observed(m: Made, t: number): number | null {
  if (m.fate === "noforecast" && hash(m.name, "gap", Math.floor(t / 5400)) < 0.3) return null;
  const noise = hash(m.name, t) + hash(m.name, t, "b") - 1;
  const slow = Math.sin(t / 1700 + m.peakHour) * 0.03;
  const burst = hash(m.name, Math.floor(t / 900), "burst") < 0.02 ? 0.12 : 0;
  return expected(m, t) * (1 + 0.05 * noise + slow + burst);
}

export const quantiles = [0.1, 0.5, 0.9, 0.95];

export function paths(m: Made, t: number, now: number): number[] {
  const wide = 0.05 + 0.05 * Math.sqrt(Math.max(0, t - now) / 86400);
  const mid = expected(m, t);
  return [-1.28, 0, 1.28, 1.64].map((z) => Math.max(0, mid * (1 + z * wide)));
}

const window = 420; // seconds that a floor has to carry

const needs = (m: Made, t: number, now: number) => {
  const loads = [0, 0.5, 1].map((s) => paths(m, t + s * window, now)[3]!);
  return Math.max(...loads);
};

// floors walks the plan: up in steps, early; down gently.
export function floors(m: Made, now: number, from: number, to: number, step: number): PlanPoint[] {
  const points: PlanPoint[] = [];
  let floor = m.baseline;
  for (let t = from - 2 * 3600; t < to; t += step) {
    const load = needs(m, t, now);
    const needed = Math.ceil(load / m.perPod);
    const want = Math.max(m.baseline, Math.min(needed, m.ceiling));
    let reason: Reason = want > m.baseline ? "PredictedPeak" : "Baseline";
    if (needed > m.ceiling) reason = "AtCeiling";
    if (want > floor) {
      const most = floor + Math.max(4, Math.floor(floor * 0.5));
      if (want > most) reason = "RampingUp";
      floor = Math.min(want, most);
    } else if (want < floor) {
      const least = floor - Math.max(1, Math.floor((floor * 0.1 * step) / 600));
      if (least > want) reason = "RampingDown";
      floor = Math.max(want, least);
    }
    if (t >= from) points.push({ time: iso(t), floor, needed, load, median: expected(m, t), reason });
  }
  return points;
}
