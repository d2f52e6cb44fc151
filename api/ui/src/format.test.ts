import { expect, test } from "vitest";
import { ahead, between, goSeconds, increments, number, percent, pods, quantity, seconds, span, unknown } from "./format";

test("numbers keep three digits and never lose their size", () => {
  const want: [number | null, string][] = [
    [null, unknown],
    [NaN, unknown],
    [0, "0"],
    [0.012345, "0.0123"],
    [1, "1"],
    [9.999, "10"],
    [99.96, "100"],
    [1234.5, "1,235"],
    [9999, "9,999"],
    [9999.6, "10k"],
    [12345, "12.3k"],
    [999_960, "1M"],
    [2.5e9, "2.5G"],
    [-1234, "-1,234"],
  ];
  for (const [v, text] of want) expect(number(v), String(v)).toBe(text);
});

test("loads read in the unit that fits them", () => {
  const want: [number, string, string][] = [
    [3.2, "cores", "3.2 cores"],
    [1, "cores", "1 core"],
    [0.05, "cores", "50 millicores"],
    [0, "cores", "0 cores"],
    [840, "requests/s", "840 requests/s"],
    [1, "requests/s", "1 request/s"],
    [1536, "bytes", "1.5 KiB"],
    [1023.9, "bytes", "1 KiB"],
    [3 * 2 ** 30, "bytes", "3 GiB"],
    [2 ** 20, "bytes/s", "1 MiB/s"],
    [512, "bytes", "512 B"],
    [42, "", "42"],
    [42, "%", "42 %"],
  ];
  for (const [v, unit, text] of want) expect(quantity(v, unit)).toBe(text);
  expect(quantity(null, "cores")).toBe(unknown);
});

test("a range says its unit once, but never hides that units differ", () => {
  expect(between(350, 411, "requests/s")).toBe("350 to 411 requests/s");
  expect(between(0.05, 0.2, "cores")).toBe("50 millicores to 0.2 cores");
  expect(between(900 * 2 ** 20, 2 ** 30, "bytes")).toBe("900 MiB to 1 GiB");
  expect(between(1, 2, "")).toBe("1 to 2");
  expect(between(null, 2, "cores")).toBe("– to 2 cores");
});

test("lengths of time have at most two units", () => {
  const want: [number | null, string][] = [
    [null, unknown],
    [0, "0 s"],
    [59.6, "1 min"],
    [90, "1 min 30 s"],
    [3599, "59 min 59 s"],
    [3601, "1 h"],
    [4 * 3600 + 20 * 60, "4 h 20 min"],
    [86400 + 300, "1 d"],
    [21 * 86400 + 7200, "21 d 2 h"],
    [-5, "0 s"],
  ];
  for (const [s, text] of want) expect(span(s), String(s)).toBe(text);
});

test("Go's durations and zero time are understood", () => {
  expect(goSeconds("2m0s")).toBe(120);
  expect(goSeconds("1h2m0.5s")).toBe(3720.5);
  expect(goSeconds("150ms")).toBeCloseTo(0.15);
  expect(goSeconds("0s")).toBe(0);
  expect(goSeconds("auto")).toBeNaN();
  expect(seconds("0001-01-01T00:00:00Z")).toBeNull();
  expect(seconds("1970-01-01T00:01:00Z")).toBe(60);
  expect(seconds("no time")).toBeNull();
});

test("what is due soon is said in minutes", () => {
  expect(ahead(1000, 1000)).toBe("now");
  expect(ahead(900, 1000)).toBe("now");
  expect(ahead(1040, 1000)).toBe("in 1 min");
  expect(ahead(1000 + 2590, 1000)).toBe("in 43 min");
});

test("shares and pods", () => {
  expect(percent(0.947)).toBe("94.7 %");
  expect(percent(0.99, 2)).toBe("99 %");
  expect(percent(null)).toBe(unknown);
  expect(pods(1)).toBe("1 pod");
  expect(pods(1200)).toBe("1,200 pods");
});

test("an axis of bytes steps by powers of 1024", () => {
  expect(increments("cores")).toBeNull();
  expect(increments("bytes")).toContain(2 ** 31);
});
