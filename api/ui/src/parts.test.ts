import { expect, test } from "vitest";
import { calendarRows } from "./calendar";
import { notes } from "./findings";
import { rows } from "./shares";
import type { Expert } from "./types";

const iso = (t: number) => new Date(t * 1000).toISOString();

test("the newest findings of a kind are told, and how many there are more", () => {
  const outages = [1, 5, 3, 2, 4].map((t) => ({ kind: "Outage", from: iso(t), to: iso(t), detail: `outage ${t}` }));
  const step = { kind: "LevelChange", from: iso(9), to: iso(9), detail: "a step" };
  expect(notes([...outages, step], [])).toEqual([
    { kind: "Outage", lines: ["outage 5", "outage 4", "outage 3", "and 2 more before"] },
    { kind: "LevelChange", lines: ["a step"] },
  ]);
});

test("what a warning says is not said again", () => {
  const capped = { kind: "Capped", from: null, to: null, detail: "the load stands at 800" };
  expect(notes([capped], [{ code: "Capped", message: "cpu stands at its ceiling now: the load stands at 800" }])).toEqual([]);
});

test("the calendar tells the event that is on, or the next one", () => {
  const c = { timeZone: "Europe/Berlin", holidays: ["DE", "US"], today: null, event: { name: "sale", start: iso(1000), end: iso(4600), multiplier: 3 } };
  expect(calendarRows(c, 400)).toEqual([
    ["Time zone", "Europe/Berlin"],
    ["Holidays", "DE, US", ""],
    ["Next event", "sale", expect.stringMatching(/^3 times the usual load; \d\d:16, in 10 min, for 1 h$/)],
  ]);
  expect(calendarRows(c, 2000)[2]).toEqual(["Event", "sale", expect.stringMatching(/^3 times the usual load; on until \d\d:16$/)]);
  const odd = { ...c, holidays: null, event: { ...c.event, multiplier: 1 } };
  expect(calendarRows(odd, 2000)[1]![2]).toContain("unusual in a way not known");
  expect(calendarRows({ ...c, today: "Neujahr", event: null }, 400)).toEqual([
    ["Time zone", "Europe/Berlin"],
    ["Holidays", "DE, US", "today: Neujahr"],
  ]);
  expect(calendarRows(null, 0)).toEqual([["Calendar", "none"]]);
});

const expert = (name: string, near: number, mid: number, far: number, more: Partial<Expert> = {}): Expert => ({ name, shown: name, near, mid, far, guest: false, note: "", failed: false, ...more });

test("small experts are summed up, guests never", () => {
  const own = ["a", "b", "c", "d", "e", "f", "g", "h"].map((n) => expert(n, 0.1, 0.1, 0.1));
  const list = rows([expert("down", 0, 0, 0, { guest: true, note: "refused", failed: true }), ...own, expert("lstm", 0.05, 0.05, 0.05, { guest: true })]);
  expect(list.map((r) => r.text)).toEqual(["a", "b", "c", "d", "e", "f", "lstm", "2 more", "down"]);
  expect(list[7]!.shares.map((s) => s!.toFixed(2))).toEqual(["0.20", "0.20", "0.20"]);
  expect(list[8]).toMatchObject({ note: "refused", failed: true, shares: [null, null, null] });
});

test("one expert is not summed up alone", () => {
  expect(rows(["a", "b", "c", "d", "e", "f", "g"].map((n) => expert(n, 0.1, 0.1, 0.1)))).toHaveLength(7);
});

test("experts that differ only in whether they add or multiply are one", () => {
  const list = rows([
    expert("days", 0.4, 0.4, 0.4, { shown: "earlier days, plus the present level" }),
    expert("weeks-log", 0.3, 0.3, 0.3, { shown: "earlier weeks, times the present level" }),
    expert("weeks", 0.2, 0.2, 0.2, { shown: "earlier weeks, plus the present level" }),
    expert("days", 0.1, 0.1, 0.1, { shown: "the expert days", guest: true }),
  ]);
  expect(list.map((r) => [r.text, r.shares[0]])).toEqual([
    ["earlier weeks", 0.5],
    ["earlier days", 0.4],
    ["the expert days", 0.1],
  ]);
});

test("a range that the forecast does not reach has no share", () => {
  expect(rows([expert("a", 0, 1, 0.5), expert("b", 0, 0, 0.5)]).map((r) => r.shares)).toEqual([
    [null, 1, 0.5],
    [null, 0, 0.5],
  ]);
  expect(rows([])).toEqual([]);
});
