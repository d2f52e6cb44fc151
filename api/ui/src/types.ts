// What the API answers, as it is on the wire: times are RFC 3339, unknown
// numbers are null, counts of pods are integers.

export type Mode = "Observe" | "Enforce";

export const reasons = [
  "Baseline",
  "PredictedPeak",
  "RampingUp",
  "RampingDown",
  "Holding",
  "AtCeiling",
  "AtLimit",
  "Scheduled",
  "DoubtHolds",
  "DoubtExpired",
  "NoForecast",
  "Suspended",
  "Invalid",
] as const;
export type Reason = (typeof reasons)[number];

export interface Status {
  version: string;
  mode: "live" | "demo";
  dryRun: boolean;
  leading: boolean; // this replica acts on the cluster
  now: string;
  startedAt: string;
  lastTick: { at: string; durationSeconds: number; workloads: number; failed: number; cut: number } | null;
  clockSpeed: number; // 1 is real time
  warnings: string[] | null;
}

export interface Capacity {
  perPod: number | null;
  unit: string;
  source: string;
}

export interface Warning {
  code: string;
  message: string;
}

export interface Problem extends Warning {
  field: string;
  fatal: boolean;
}

export interface NoForecast {
  reason: string;
  detail: string;
}

export interface Peak {
  time: string;
  load: number | null;
  pods: number;
}

// The floor from this time on.
export interface PlanChange {
  time: string;
  floor: number;
  reason: Reason;
}

export const verdicts = ["Proven", "NotNeeded", "NoGain", "NaiveWins", "NoForesight", "DidHarm"] as const;
export type Verdict = (typeof verdicts)[number];

// What a replay of the workload's own past says of floors.
export interface ProofBrief {
  verdict: Verdict | null; // null if there is no proof yet
  holds: boolean; // floors may be set
  pending: string; // why there is none yet
  withdrawn: string; // why it holds no more
  shortMinutesSaved: number | null; // a week, against the HPA alone
  podHoursChange: number | null; // as a share
  costChange?: number; // a week; not there without a price
}

// What an hour of a pod costs.
export interface Price {
  podHour: number;
  currency: string; // empty if it is not known
  source: string;
}

export type PolicyName = "hpa" | "highwater" | "naive" | "constant" | "oracle";

export interface PolicyOutcome {
  policy: PolicyName;
  minutes: number;
  shortMinutes: number;
  shortLoad: number | null;
  podHours: number;
  podHoursChange: number | null;
  cost?: number; // not there without a price
  meanUtilization: number | null;
  changes: number;
  floorChanges: number;
  maxPods: number;
  longestShortSeconds: number;
}

export interface Proof extends ProofBrief {
  message: string;
  detail: string;
  madeAt: string | null;
  tookSeconds: number | null;
  from: string | null;
  to: string | null;
  quantile: number | null;
  policies: PolicyOutcome[] | null;
}

export type Confidence = "None" | "Weak" | "Good";

export interface LearnedLead {
  seconds: number;
  p95Seconds: number | null;
  medianSeconds: number | null;
  starts: number;
  confidence: Confidence;
  why: string;
  neverReady: number;
  outliers: number;
  slowStarts: number;
}

export interface NodeHeadroom {
  leadSeconds: number;
  object: string; // empty if nothing asks for room now
  pods: number;
  expires: string | null;
  byHour: { time: string; pods: number }[];
}

export type CapacityMethod = "Target" | "CPU" | "Latency" | "USL";

export interface Learned {
  perPod: number | null;
  unit: string;
  method: CapacityMethod | "";
  confidence: Confidence;
  why: string;
  clamped: boolean;
  estimates:
    | {
        method: CapacityMethod;
        perPod: number;
        low: number;
        high: number;
        atLeast: boolean;
        confidence: Confidence;
        why: string;
        observations: number;
        peakPods: number | null;
      }[]
    | null;
  refusals: { method: CapacityMethod; reason: string; detail: string }[] | null;
}

export interface Dot {
  x: number;
  y: number;
}

// What the capacities of one load were found from.
export interface Scatters {
  signal: string;
  unit: string;
  plots: { method: CapacityMethod; points: Dot[] | null; curve: Dot[] | null }[] | null;
}

export interface Summary {
  namespace: string;
  name: string;
  kind: string;
  target: { kind: string; name: string };
  policy: string | null;
  mode: Mode;
  suspended: boolean;
  floor: number; // recommended now
  current: number; // minReplicas now
  baseline: number;
  ceiling: number;
  replicas: number;
  desired: number;
  reason: Reason;
  message: string;
  bound: string;
  signal: string;
  needed: number;
  load: number | null;
  capacity: Capacity | null; // null without a forecast
  quantile: number | null;
  peak: Peak | null;
  plan: PlanChange[] | null;
  warnings: Warning[] | null;
  problems: Problem[] | null;
  noForecast: NoForecast | null;
  price?: Price; // of a pod-hour; not there if there is none
  proof: ProofBrief;
  error: string;
  at: string;
}

export interface List {
  now: string;
  total: number;
  raised: number;
  withoutForecast: number;
  items: Summary[];
}

export interface Step {
  name: string;
  in: number;
  out: number;
  note: string;
}

export interface Quality {
  points: number;
  duplicates: number;
  unordered: number;
  nonFinite: number;
  negative: number;
  gaps: number;
  missing: number;
}

export interface Finding {
  kind: string;
  from: string | null; // null where it is everywhere
  to: string | null;
  detail: string;
}

// The shares of an expert in the forecast: up to 30 minutes ahead, to three hours, and beyond.
export interface Expert {
  name: string;
  shown: string;
  near: number;
  mid: number;
  far: number;
  guest: boolean; // asked outside of Highwater
  note: string; // why a guest does not take part
  failed: boolean;
}

export interface Calendar {
  timeZone: string;
  holidays: string[] | null;
  today: string | null; // the holiday that today is
  event: { name: string; start: string; end: string; multiplier: number } | null; // that is on, or comes next
}

export interface Signal {
  name: string;
  query: string;
  queryFrom: string;
  unit: string;
  capacity: Capacity;
  full: number | null; // beyond it a pod is short
  metric: { kind: string; source: string; target: number | null; request: number | null } | null;
  assumed: string; // of either
  learned: Learned | null;
  newest: string | null;
  value: number | null; // then
  historyStart: string | null;
  historySpanSeconds: number | null;
  quality: Quality;
  warnings: string[] | null;
  method: string;
  fittedAt: string | null;
  noForecast: NoForecast | null;
  findings: Finding[] | null;
  experts: Expert[] | null;
  score: { matured: number; coverage: number | null; error: number | null };
}

export interface Detail extends Summary {
  steps: Step[] | null;
  signals: Signal[] | null;
  lease: { baseline: number; floor: number; renewed: string; expires: string; holder: string } | null;
  applied: { changed: boolean; outcome: string; message: string };
  policyValues: {
    quantile: number;
    headroom: number;
    min: number;
    max: number;
    leadTime: string;
    hold: string;
    grace: string;
    stepUp: number;
    minStepUp: number;
    stepDown: number;
    stepEvery: string;
  };
  calendar: Calendar | null;
  scheduled: Scheduled[] | null;
  proof: Proof;
  learnedLead: LearnedLead | null;
  nodeHeadroom: NodeHeadroom | null; // unless the policy asks for it
}

export interface Scheduled {
  name: string;
  from: string;
  to: string;
  min: number | null;
  max: number | null;
}

export interface Grid<T> {
  start: string;
  stepSeconds: number;
  values: T[];
}

export interface Forecast {
  signal: string;
  unit: string;
  history: Grid<number | null> | null; // null where nothing is known
  quantiles: number[] | null;
  forecast: Grid<(number | null)[]> | null; // values[i] has one number per quantile
  noForecast: NoForecast | null;
}

export interface PlanPoint {
  time: string;
  floor: number;
  needed: number;
  load: number | null;
  median: number | null;
  reason: Reason;
}

export interface Plan {
  stepSeconds: number;
  points: PlanPoint[] | null;
  past: { time: string; floor: number; replicas: number }[] | null;
  pods: { wanted: Grid<number | null> | null; ready: Grid<number | null> | null; warnings: string[] | null } | null;
}
