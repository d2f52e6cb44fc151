import { expect, test } from "vitest";
import { expand, gridAt, highest, lastAt, union } from "./steps";

const changes = [
  { time: 0, floor: 2 },
  { time: 100, floor: 5 },
  { time: 200, floor: 3 },
];

test("a step holds until the next", () => {
  expect(lastAt(changes, -1)).toBeNull();
  expect(lastAt(changes, 99)?.floor).toBe(2);
  expect(lastAt(changes, 100)?.floor).toBe(5);
  expect(lastAt(changes, 1e9)?.floor).toBe(3);
  expect(lastAt([], 0)).toBeNull();
});

test("a plan becomes corners, from the first to the last moment", () => {
  expect(expand(changes, 0, 300).map((c) => [c.time, c.floor])).toEqual([
    [0, 2],
    [100, 2],
    [100, 5],
    [200, 5],
    [200, 3],
    [300, 3],
  ]);
});

test("what held before the span counts, what comes after it does not", () => {
  expect(expand(changes, 150, 180).map((c) => c.floor)).toEqual([5, 5]);
  expect(expand(changes, -50, 50).map((c) => c.floor)).toEqual([2, 2]);
  expect(expand([], 0, 10)).toEqual([]);
});

test("a change of reason alone makes no corner", () => {
  expect(expand([{ time: 0, floor: 2 }, { time: 5, floor: 2 }], 0, 10)).toHaveLength(2);
});

test("the highest floor is the first of its height", () => {
  expect(highest([...changes, { time: 300, floor: 5 }])?.time).toBe(100);
  expect(highest([])).toBeNull();
});

test("a grid answers with the value of the step, and null outside", () => {
  expect(gridAt(0, 60, [1, null, 3], 120)).toBe(3);
  expect(gridAt(0, 60, [1, null, 3], 179)).toBe(3);
  expect(gridAt(0, 60, [1, null, 3], 59)).toBe(1);
  expect(gridAt(0, 60, [1, null, 3], 60)).toBeNull();
  expect(gridAt(0, 60, [1, null, 3], 119)).toBeNull();
  expect(gridAt(0, 60, [1], 600)).toBeNull();
  expect(gridAt(0, 60, [1], -600)).toBeNull();
});

test("times are merged once each, in order", () => {
  expect(union([3, 1], [2, 3])).toEqual([1, 2, 3]);
});
