import { expect, test, vi } from "vitest";

// uPlot asks the browser about its screen when it is loaded.
vi.mock("uplot", () => ({ default: class {} }));

const { pick, table } = await import("./loadplot");
const { tracks } = await import("./floorplot");
const iso = (t: number) => new Date(t * 1000).toISOString();

test("the band is the outer quantiles, the line the one nearest to the median", () => {
  expect(pick([0.1, 0.5, 0.9, 0.95])).toEqual({ low: 0, median: 1, high: 3 });
  expect(pick([0.05, 0.45, 0.99])).toEqual({ low: 0, median: 1, high: 2 });
  expect(pick([])).toEqual({ low: 0, median: 0, high: 0 });
});

test("the forecast begins after the last known load, and unknown loads stay gaps", () => {
  const [t, high, low, median, load] = table({
    signal: "cpu",
    unit: "cores",
    history: { start: iso(0), stepSeconds: 60, values: [1, null, 3, null, null] },
    quantiles: [0.1, 0.5, 0.9],
    forecast: { start: iso(120), stepSeconds: 60, values: [[1, 2, 3], [4, 5, 6]] },
    noForecast: null,
  });
  expect(t).toEqual([0, 60, 120, 180]);
  expect(load).toEqual([1, null, 3, null]);
  expect(low).toEqual([null, null, null, 4]);
  expect(median).toEqual([null, null, null, 5]);
  expect(high).toEqual([null, null, null, 6]);
});

test("a load of which nothing is known has no points", () => {
  const columns = table({ signal: "cpu", unit: "cores", history: null, quantiles: [], forecast: null, noForecast: { reason: "NoData", detail: "" } });
  expect(columns).toEqual([[], [], [], [], []]);
});

test("the floor now stands between the past and the plan", () => {
  const plan = {
    stepSeconds: 60,
    past: [{ time: iso(40), floor: 2, replicas: 3 }],
    pods: {
      wanted: { start: iso(0), stepSeconds: 20, values: [2, null, 9, 9] },
      ready: { start: iso(0), stepSeconds: 20, values: [1, null, 3, 3, 4, 9] },
      warnings: [],
    },
    points: [100, 160].map((t) => ({ time: iso(t), floor: 6, needed: 7, load: 1, median: 1, reason: "PredictedPeak" as const })),
  };
  const { floor, replicas, needed, ready } = tracks(plan, { floor: 5, replicas: 4 }, 100);
  expect(floor.map((p) => [p.time, p.floor])).toEqual([
    [40, 2],
    [100, 5],
    [160, 6],
  ]);
  expect(replicas.map((p) => p.replicas)).toEqual([2, null, 3, 4]);
  expect(ready.map((p) => p.replicas)).toEqual([1, null, 3, 3, 4]);
  expect(needed).toHaveLength(2);
});
