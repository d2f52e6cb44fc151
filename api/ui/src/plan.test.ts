import { expect, test, vi } from "vitest";
import type { PlanReport, PlanTotal } from "./plantypes";

// uPlot asks the browser about its screen when it is loaded.
vi.mock("uplot", () => ({ default: class {} }));

const { columns } = await import("./planplot");
const { request } = await import("./planform");
const { tellPlan } = await import("./planshown");

const query = (values: Record<string, string>) => request(new URLSearchParams(values));

test("an empty form asks for a day as it is", () => {
  expect(query({})).toEqual({ horizon: "24h" });
  expect(query({ factor: "1", namespace: "shop" })).toEqual({ horizon: "24h", namespace: "shop" });
});

test("what is filled in becomes a what-if", () => {
  expect(query({ horizon: "24h", floors: "all" })).toEqual({ horizon: "24h", whatIf: { allEnforced: true } });
  expect(query({ horizon: "7d", factor: "1.5", selector: "shop/*", zones: "3", price: "0.04" })).toEqual({
    horizon: "7d",
    whatIf: { load: [{ selector: "shop/*", factor: 1.5 }], zone: { zones: 3 }, price: 0.04 },
  });
  expect(query({ eventStart: "2026-03-05T08:00:00Z", event: "sale", eventHours: "2", multiplier: "3" }).whatIf).toEqual({
    events: [{ name: "sale", start: "2026-03-05T08:00:00Z", end: "2026-03-05T10:00:00Z", multiplier: 3 }],
  });
});

const total = (t: Partial<PlanTotal>): PlanTotal => ({ podHours: 100, podHoursAlone: 100, podHoursHigh: 120, podsMost: 9, cpuMost: 0, memMost: 0, cost: 0, costAlone: 0, shortMinutes: 0, shortMinutesAlone: 0, ...t });
const row = (t: number, pods: number) => ({ time: new Date(t * 1000).toISOString(), need: pods, pods, podsHigh: pods + 1, podsMost: pods + 1, alone: pods - 1, aloneHigh: pods, cost: 0, costAlone: 0, shortMinutes: 0, shortMinutesAlone: 0, gap: 0 });
const report = (t: Partial<PlanTotal>): PlanReport => ({
  from: "2026-03-05T00:00:00Z", to: "2026-03-06T00:00:00Z", stepSeconds: 3600, quantiles: [0.5, 0.95], whatIf: [], priced: false, total: total(t),
  fleet: [row(0, 4), row(3600, 6)], peaks: [], gaps: [], workloads: [], notes: [],
});

test("the last hour of a plan is as wide as the others", () => {
  expect(columns(report({}))).toEqual([[0, 3600, 7200], [5, 7, 7], [4, 6, 6], [3, 5, 5]]);
  expect(columns({ ...report({}), fleet: [] })).toEqual([[], [], [], []]);
});

test("a plan is told in a sentence", () => {
  expect(tellPlan(report({ shortMinutes: 4, shortMinutesAlone: 40, podHours: 103 }))).toBe("Over the next day floors are expected to save 36 of 40 short minutes, at +3 % pod-hours. There is room for all of it.");
  expect(tellPlan(report({}))).toContain("the autoscalers alone would do");
});
