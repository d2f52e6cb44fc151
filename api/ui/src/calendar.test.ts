import { describe, expect, it } from "vitest";
import { scheduledRows } from "./calendar";

const at = (h: number) => new Date(Date.UTC(2026, 10, 28, h)).toISOString();
const now = Date.UTC(2026, 10, 28, 8, 30) / 1000;

describe("scheduledRows", () => {
  it("tells what is on and what is coming, and nothing that is over", () => {
    const list = [
      { name: 'the schedule "early"', from: at(5), to: at(8), min: 9, max: null },
      { name: 'the schedule "opening hours"', from: at(8), to: at(10), min: 20, max: null },
      { name: "the trigger spec.triggers[1] (cron)", from: at(12), to: at(14), min: 5, max: 7 },
      { name: 'the schedule "night"', from: at(22), to: at(23), min: null, max: 1 },
    ];
    const rows = scheduledRows(list, now);
    expect(rows.map((r) => r[1])).toEqual(["opening hours", "the trigger spec.triggers[1] (cron)", "night"]);
    expect(rows[0]?.[2]).toMatch(/^floors of at least 20 pods; on until /);
    expect(rows[1]?.[2]).toMatch(/^floors of 5 to 7 pods; .*, for 2 h$/);
    expect(rows[2]?.[2]).toMatch(/^floors of at most 1 pod; /);
    expect(scheduledRows(null, now)).toEqual([]);
  });
});
