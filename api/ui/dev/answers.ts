import { quantity } from "../src/format.ts";
import type { Detail, Forecast, List, Plan, Reason, Status, Summary } from "../src/types";
import { capacityOf, leadOf, proofOf, scatters } from "./proofs.ts";
import { clock, floors, hash, iso, type Made, make, observed, paths, quantiles, speed, tick } from "./world.ts";

const size = Number(process.env.MOCK_WORKLOADS ?? 40);
const state = process.env.MOCK_STATE ?? ""; // "empty" or "error" for those states
const fleet = make(size);
const step = 300;

interface Answer {
  status: number;
  body: unknown;
}

const trouble = (status: number, title: string, detail: string): Answer => ({ status, body: { title, status, detail, errors: [] } });

export function answer(path: string, query: URLSearchParams): Answer {
  if (state === "error") return trouble(503, "Service Unavailable", "The scheduler has not published a tick for 10 minutes; see the log for \"tick failed\".");
  const parts = path.split("/").map(decodeURIComponent);
  if (path === "status") return { status: 200, body: status() };
  if (path === "workloads") return { status: 200, body: list(query) };
  const made = fleet.find((m) => m.namespace === parts[1] && m.name === parts[2]);
  if (!made) return trouble(404, "Not Found", `There is no workload ${parts.slice(1, 3).join("/")}.`);
  if (parts.length === 3) return { status: 200, body: detail(made) };
  if (parts[3] === "forecast") return { status: 200, body: forecast(made) };
  if (parts[3] === "plan") return { status: 200, body: plan(made) };
  if (parts[3] === "capacity") return { status: 200, body: scatters(made) };
  return trouble(404, "Not Found", "There is no such resource.");
}

function status(): Status {
  return {
    version: "v0.1.0-mock",
    mode: "demo",
    dryRun: true,
    leading: true,
    now: iso(clock()),
    startedAt: iso(clock() - 86400),
    lastTick: { at: iso(tick()), durationSeconds: 0.184, workloads: fleet.length, failed: 0, cut: 0 },
    clockSpeed: speed,
    warnings: [],
  };
}

let cached: { at: number; all: Summary[] } = { at: 0, all: [] };

function all(): Summary[] {
  const at = fleet.length > 500 ? Math.floor(tick() / 7200) : tick();
  if (cached.at !== at) cached = { at, all: fleet.map(summary) };
  return cached.all;
}

function list(query: URLSearchParams): List {
  if (state === "empty") return { now: iso(clock()), total: 0, raised: 0, withoutForecast: 0, items: [] };
  const has = (name: string, f: (w: Summary) => string) => (w: Summary) => !query.get(name) || f(w) === query.get(name);
  const found = all().filter(
    (w) =>
      `${w.namespace}/${w.name}`.includes(query.get("q") ?? "") &&
      has("namespace", (w) => w.namespace)(w) &&
      has("mode", (w) => w.mode)(w) &&
      has("reason", (w) => w.reason)(w) &&
      (query.get("raised") !== "true" || w.floor > w.baseline),
  );
  const keys: Record<string, (w: Summary) => string | number> = {
    name: (w) => `${w.namespace}/${w.name}`,
    floor: (w) => w.floor,
    raise: (w) => w.floor - w.baseline,
    peak: (w) => w.peak?.pods ?? 0,
    reason: (w) => w.reason,
    proof: (w) => w.proof.shortMinutesSaved ?? -1e9,
  };
  const key = keys[query.get("sort") ?? "name"] ?? keys.name!;
  const sign = query.get("order") === "desc" ? -1 : 1;
  found.sort((a, b) => (key(a) < key(b) ? -sign : key(a) > key(b) ? sign : 0));
  const offset = Number(query.get("offset") ?? 0);
  return {
    now: iso(clock()),
    total: found.length,
    raised: found.filter((w) => w.floor > w.baseline).length,
    withoutForecast: found.filter((w) => w.noForecast).length,
    items: found.slice(offset, offset + Number(query.get("limit") ?? 100)),
  };
}

function summary(m: Made): Summary {
  const now = tick();
  const points = m.fate && m.fate !== "suspended" ? [] : floors(m, now, now, now + 86400, step);
  const first = points[0];
  const lost = m.fate === "noforecast" || m.fate === "doubt" || m.fate === "invalid";
  const floor = m.fate === "suspended" || !first ? (m.fate === "doubt" ? m.baseline + 2 : m.baseline) : first.floor;
  const reason: Reason =
    m.fate === "suspended" ? "Suspended" : m.fate === "invalid" ? "Invalid" : m.fate === "noforecast" ? "NoForecast" : m.fate === "doubt" ? "DoubtHolds" : (first?.reason ?? "Baseline");
  const peak = points.reduce<(typeof points)[number] | null>((a, p) => (!a || p.needed > a.needed ? p : a), null);
  const load = observed(m, now) ?? 0;
  const replicas = Math.max(m.baseline, Math.min(m.ceiling, Math.ceil(load / m.perPod)), m.mode === "Enforce" ? floor : 0);
  const changes = points.filter((p, i) => i === 0 || p.floor !== points[i - 1]!.floor);
  return {
    namespace: m.namespace,
    name: m.name,
    kind: m.kind,
    target: { kind: "Deployment", name: m.name },
    policy: hash(m.name, m.namespace, "policy") < 0.4 ? m.name : null,
    mode: m.mode,
    suspended: m.fate === "suspended",
    floor,
    current: m.mode === "Enforce" ? floor : m.baseline,
    baseline: m.baseline,
    ceiling: m.ceiling,
    replicas,
    desired: hash(m.name, now, "desired") < 0.1 ? replicas + 1 : replicas,
    reason,
    message: sentence(reason, m, floor, first?.needed ?? 0, first?.load ?? 0),
    bound: reason === "AtCeiling" ? "clamp" : reason === "RampingUp" ? "ramp" : reason === "RampingDown" ? "rate" : "demand",
    signal: lost ? "" : m.unit === "cores" ? "cpu" : m.unit.replace("/s", ""),
    needed: first?.needed ?? 0,
    load: lost ? null : (first?.load ?? null),
    capacity: { perPod: m.perPod, unit: m.unit, source: m.source },
    quantile: 0.95,
    peak: peak && { time: peak.time, load: peak.load, pods: peak.needed },
    plan: changes.map(({ time, floor, reason }) => ({ time, floor, reason })),
    warnings:
      peak && peak.needed > m.ceiling
        ? [{ code: "CeilingTooLow", message: `At ${peak.time.slice(11, 16)} UTC ${peak.needed} pods are needed, and maxReplicas allows ${m.ceiling}: raise spec.maxReplicas to ${Math.ceil(peak.needed * 1.1)}.` }]
        : [],
    problems:
      m.fate === "invalid"
        ? [{ code: "NoRequests", field: "spec.template.spec.containers[0].resources.requests.cpu", message: "The HPA targets a share of the CPU request, and the container has none: set a CPU request.", fatal: true }]
        : [],
    noForecast:
      m.fate === "noforecast" || m.fate === "doubt"
        ? { reason: m.fate === "doubt" ? "Stale" : "TooShort", detail: m.fate === "doubt" ? "The newest value is 14 minutes old: see whether Prometheus still scrapes the workload." : "There are 5 hours of history and 24 are needed: wait, or point history at a longer store." }
        : null,
    proof: proofOf(m),
    error: "",
    at: iso(now),
  };
}

function sentence(reason: Reason, m: Made, floor: number, needed: number, load: number): string {
  const much = quantity(load, m.unit);
  switch (reason) {
    case "PredictedPeak":
      return `The floor is ${floor}, raised from ${m.baseline}: up to ${much} are predicted within 7 minutes, and that takes ${needed} pods.`;
    case "RampingUp":
      return `The floor is ${floor} on its way to ${needed}: up to ${much} are predicted within 7 minutes, and it rises by at most 50% a minute.`;
    case "RampingDown":
      return `The floor is ${floor} on its way down to ${Math.max(needed, m.baseline)}, by at most 10% a minute.`;
    case "AtCeiling":
      return `The floor is at the ceiling of ${m.ceiling}: the predicted ${much} need ${needed} pods.`;
    case "NoForecast":
      return "There is no forecast, and nothing to hold: the baseline stays.";
    case "DoubtHolds":
      return `The floor stays at ${floor} for up to 16 minutes more: the forecast was lost because the data is stale.`;
    case "Suspended":
      return "The policy is suspended: the baseline stays.";
    case "Invalid":
      return "No floor can be recommended until the problems are mended.";
    default:
      return `The baseline of ${m.baseline} carries the ${much} that are predicted within 7 minutes.`;
  }
}

function detail(m: Made): Detail {
  const s = summary(m);
  const now = tick();
  const lost = s.load == null;
  const ramp = s.reason === "RampingUp" || s.reason === "RampingDown";
  const steps = ["demand", "headroom", "feasibility", "ramp", "stabilise", "rate", "clamp"];
  let n = s.baseline;
  const signal = (name: string, scale: number) => ({
    name,
    query: m.query,
    queryFrom: m.kind === "ScaledObject" ? "spec.triggers[0] (prometheus)" : m.unit === "cores" ? "spec.metrics[0] (Resource cpu)" : "FloorPolicy spec.load.query",
    unit: m.unit,
    capacity: { perPod: m.perPod * scale, unit: m.unit, source: m.source },
    ...capacityOf(m, scale),
    newest: iso(now - (m.fate === "doubt" ? 840 : 60)),
    value: observed(m, now - (m.fate === "doubt" ? 840 : 60)),
    historyStart: iso(now - 21 * 86400),
    historySpanSeconds: 21 * 86400,
    quality: { points: 30211, duplicates: 0, unordered: 0, nonFinite: 0, negative: 0, gaps: 3, missing: 29 },
    warnings: m.fate === "noforecast" ? ["Prometheus: some metrics were not found in the queried range."] : [],
    method: "ensemble: weekly and daily seasons with level (0.71), seasonal naive (0.29)",
    fittedAt: iso(now - 2400),
    noForecast: s.noForecast,
    findings: lost
      ? []
      : [
          { kind: "Outage", from: iso(now - 3 * 86400), to: iso(now - 3 * 86400 + 1500), detail: "for 25 minutes the load was less than a third of what every other day had at that time: taken for an outage, and not learned from" },
          { kind: "LevelChange", from: iso(now - 5 * 86400), to: iso(now), detail: "the load rose to 1.40 times its former level and stayed: the history before was brought to the new level and counts half" },
        ],
    experts: lost
      ? []
      : [
          { name: "regression", shown: "a regression on recent levels, yesterday, the day before and last week", near: 0.41, mid: 0.2, far: 0.05, guest: false, note: "", failed: false },
          { name: "lstm", shown: "the expert lstm", near: 0.2, mid: 0.3, far: 0.6, guest: true, note: "", failed: false },
          { name: "weeks", shown: "the same time of earlier days of this kind, plus the present level", near: 0.39, mid: 0.5, far: 0.35, guest: false, note: "", failed: false },
          { name: "chronos", shown: "the expert chronos", near: 0, mid: 0, far: 0, guest: true, note: "model chronos at http://chronos.models: it cannot be reached: connection refused; it is asked again at 07:31 UTC", failed: true },
        ],
    score: { matured: lost ? 0 : 1980, coverage: lost ? null : 0.947, error: lost ? null : 0.063 },
  });
  return {
    ...s,
    proof: proofOf(m),
    learnedLead: leadOf(m),
    nodeHeadroom: lost
      ? null
      : {
          leadSeconds: 300, object: "CapacityBuffer highwater-" + m.name, pods: 4, expires: iso(now + 1800),
          byHour: [0, 1, 2].map((i) => ({ time: iso(now + i * 3600), pods: 4 - 2 * i })),
        },
    steps: lost
      ? []
      : steps.map((name) => {
          const before = n;
          if (name === "demand") n = Math.max(s.needed, 0);
          if (name === "ramp" && ramp) n = s.floor;
          if (name === "clamp") n = s.floor;
          const notes: Record<string, string> = {
            demand: `${quantity(s.load, m.unit)} at ${quantity(m.perPod, m.unit)} a pod`,
            ramp: ramp ? "by at most 50% (or 4 pods) a minute" : "",
            clamp: n !== before ? `between the baseline ${s.baseline} and the ceiling ${s.ceiling}` : "",
          };
          return { name, in: before, out: n, note: notes[name] ?? "" };
        }),
    signals: m.kind === "ScaledObject" ? [signal(s.signal || "queue", 1), signal("cpu", 0.8)] : [signal(s.signal || "cpu", 1)],
    lease: s.mode === "Enforce" && s.floor > s.baseline ? { baseline: s.baseline, floor: s.floor, renewed: iso(now - 60), expires: iso(now + 540), holder: "highwater-6c9f7d5b8-x2x4q" } : null,
    applied: { changed: false, outcome: s.mode === "Enforce" ? "Renewed" : "Observed", message: s.mode === "Enforce" ? `The lease on the floor of ${s.floor} was renewed.` : "In Observe mode nothing was changed." },
    policyValues: { quantile: 0.95, headroom: 0, min: 0, max: 0, leadTime: "2m0s", hold: "5m0s", grace: "30m0s", stepUp: 0.5, minStepUp: 4, stepDown: 0.1, stepEvery: "1m0s" },
    scheduled: hash(m.name, "schedule") < 0.5 ? [] : [{ name: 'the schedule "opening hours"', from: iso(now + 3600), to: iso(now + 10800), min: 20, max: null }],
    calendar:
      hash(m.name, m.namespace, "calendar") < 0.5
        ? null
        : { timeZone: "Europe/Berlin", holidays: ["DE", "DE-BY"], today: "Tag der Arbeit", event: { name: "sale", start: iso(now + 7200), end: iso(now + 14400), multiplier: 3 } },
  };
}

function forecast(m: Made): Forecast {
  const now = tick();
  const s = summary(m);
  return {
    signal: s.signal || "cpu",
    unit: m.unit,
    history: { start: iso(now - 86400), stepSeconds: 60, values: Array.from({ length: 1440 - (m.fate === "doubt" ? 14 : 0) }, (_, i) => observed(m, now - 86400 + i * 60)) },
    quantiles,
    forecast: s.load == null ? null : { start: iso(now), stepSeconds: 300, values: Array.from({ length: 288 }, (_, i) => paths(m, now + i * 300, now)) },
    noForecast: s.noForecast,
  };
}

function plan(m: Made): Plan {
  const now = tick();
  const s = summary(m);
  const enforced = m.mode === "Enforce" && !m.fate;
  const before = floors(m, now, now - 86400, now, 60);
  const past = before.map((p) => {
    const floor = enforced ? p.floor : m.baseline;
    const t = Date.parse(p.time) / 1000;
    return { time: p.time, floor, replicas: Math.max(floor, Math.min(m.ceiling, Math.ceil((observed(m, t - (t % 600) - 300) ?? 0) / m.perPod))) };
  });
  return {
    stepSeconds: step,
    points: s.load == null ? [] : floors(m, now, now, now + 86400, step),
    past: past.filter((p, i) => i === 0 || p.floor !== past[i - 1]!.floor || p.replicas !== past[i - 1]!.replicas),
    pods: null,
  };
}
