import type { Price } from "./types";

// What the API says of plans of capacity.

export interface PlanJob {
  id: string;
  state: "running" | "done" | "failed" | "cancelled";
  done: number;
  total: number;
  workload: string;
  error: string;
  started: string;
  report: string; // where it is read
  events: string;
}

export interface PlanRow {
  time: string;
  need: number;
  pods: number;
  podsHigh: number;
  podsMost: number;
  alone: number;
  aloneHigh: number;
  cost: number;
  costAlone: number;
  shortMinutes: number;
  shortMinutesAlone: number;
  gap: number;
}

export interface PlanTotal {
  podHours: number;
  podHoursAlone: number;
  podHoursHigh: number;
  podsMost: number;
  cpuMost: number;
  memMost: number;
  cost: number;
  costAlone: number;
  shortMinutes: number;
  shortMinutesAlone: number;
}

export interface PlanPeak {
  workload: string;
  time: string;
  pods: number;
  podsHigh: number;
  ceiling: number;
  exceeds: number; // probability
}

export interface PlanGap {
  in: "ceiling" | "quota" | "nodes";
  of: string;
  resource: "pods" | "cpu" | "memory";
  from: string;
  to: string;
  worst: string;
  need: number;
  limit: number;
  lack: number;
  expected: boolean;
  remedy: string;
}

export interface PlannedWorkload {
  namespace: string;
  name: string;
  baseline: number;
  ceiling: number;
  forecast: { reason: string; detail: string } | null;
  observed: string; // why it is planned without floors; empty if it is not
  total: PlanTotal;
  problems: string[] | null;
}

export interface PlanReport {
  from: string;
  to: string;
  stepSeconds: number;
  quantiles: [number, number];
  whatIf: string[] | null;
  priced: boolean;
  currency?: string; // of costs
  total: PlanTotal;
  fleet: PlanRow[] | null;
  peaks: PlanPeak[] | null;
  gaps: PlanGap[] | null;
  workloads: PlannedWorkload[] | null;
  notes: string[] | null;
}

export interface Advices {
  madeAt: string;
  from: string | null;
  to: string | null;
  price?: Price; // of a pod-hour
  none: string;
  items:
    | {
        kind: string;
        field: string;
        now: string;
        better: string;
        why: string;
        podHours: number | null;
        cost?: number; // not there without a price
        shortMinutes: number | null;
        worth: number | null;
        withFloors: boolean;
        confidence: "high" | "medium" | "low";
      }[]
    | null;
  notes: string[] | null;
}
