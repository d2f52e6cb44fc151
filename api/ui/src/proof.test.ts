import { expect, test } from "vitest";
import { axis } from "./frontier";
import { sentence } from "./proof";
import type { ProofBrief } from "./types";
import { gain, more, verdict } from "./verdict";

const brief = (p: Partial<ProofBrief>): ProofBrief => ({ verdict: null, holds: false, pending: "", withdrawn: "", shortMinutesSaved: null, podHoursChange: null, ...p });

test("a proof is a word, and colour never says it alone", () => {
  expect(verdict(brief({ pending: "too short" }))).toEqual(["No proof yet", "doubt"]);
  expect(verdict(brief({ verdict: "Proven", holds: true }))).toEqual(["Proven", "good"]);
  expect(verdict(brief({ verdict: "Proven", withdrawn: "the load doubled" }))[0]).toBe("Withdrawn");
  expect(verdict(brief({ verdict: "DidHarm" }))).toEqual(["Did harm", "bad"]);
});

test("what is saved and what it costs have a sign", () => {
  expect(gain(brief({ verdict: "Proven", shortMinutesSaved: 48.36, podHoursChange: -0.012 }))).toEqual(["saves 48.4 min a week", "−1.2 % pod-hours"]);
  expect(gain(brief({ verdict: "DidHarm", shortMinutesSaved: -3, podHoursChange: 0.02 }))).toEqual(["costs 3 min a week", "+2 % pod-hours"]);
  expect(gain(brief({ verdict: "NoGain" }))).toBeNull();
  expect(more(null)).toBe("–");
  expect(more(-0.0001)).toBe("±0 %");
});

test("an axis holds all values between round ticks", () => {
  expect(axis([0, 48], 1)).toEqual({ low: 0, high: 60, ticks: [0, 20, 40, 60] });
  expect(axis([-0.4, 11], 2)).toEqual({ low: -5, high: 15, ticks: [-5, 0, 5, 10, 15] });
  const flat = axis([0, 0], 1);
  expect(flat.low).toBeLessThan(flat.high);
  expect(axis([1e-9, 2e-9], 1e-12).ticks.length).toBeGreaterThan(1);
});

test("a phrase of the API reads as a sentence", () => {
  expect(sentence("no proof yet: too short")).toBe("No proof yet: too short.");
  expect(sentence("done.")).toBe("Done.");
  expect(sentence("")).toBe("");
});
