import { expect, test } from "vitest";
import { part, stepFor } from "./part";

const day = 86400;

test("a plot has no more steps than it has room for", () => {
  for (const span of [120, 3600, 2 * 3600, 12 * 3600, 2 * day, 8 * day, 29 * day]) {
    expect(span / stepFor(span)).toBeLessThanOrEqual(300);
  }
  expect(stepFor(2 * 3600)).toBe(60);
  expect(stepFor(2 * day)).toBe(600);
  expect(stepFor(1e9)).toBe(14400); // the API takes no more than it has
});

test("all of a workload is asked for in steps", () => {
  expect(part({ zoom: null, whole: [0, 1], now: 0 })).toBe("step=600s");
  expect(part({ zoom: null, whole: [0, 8 * day], now: day })).toBe("step=3600s");
});

test("a zoom is asked for with now, and a step beyond its edges", () => {
  const whole: [number, number] = [0, 2 * day];
  const ask = (zoom: [number, number]) => Object.fromEntries(new URLSearchParams(part({ zoom, whole, now: day })));
  expect(ask([day - 3600, day + 3600])).toEqual({ step: "60s", from: "1970-01-01T22:59:00.000Z", to: "1970-01-02T01:01:00.000Z" });
  expect(ask([day + 3600, day + 7200])).toEqual({ step: "60s", from: "1970-01-01T23:59:00.000Z", to: "1970-01-02T02:01:00.000Z" });
  expect(ask([0, 3600])).toEqual({ step: "300s", from: "1969-12-31T23:55:00.000Z", to: "1970-01-02T00:05:00.000Z" });
});
