import { afterEach, expect, test, vi } from "vitest";

const machine = process.env.TZ;
afterEach(() => {
  if (machine === undefined) delete process.env.TZ;
  else process.env.TZ = machine;
  vi.resetModules();
});

// The days on which the clocks change, the leap day, the ends of a month and of a year.
const days = ["2028-02-29", "2028-03-12", "2028-03-26", "2028-09-03", "2028-10-01", "2028-10-29", "2028-11-05", "2028-12-31"];
const zones = ["UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu"];

// The parts of a time as Date has them, which knows nothing of Intl's formats.
function parts(t: number) {
  const d = new Date(t * 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  return { date: d.getDate(), month: d.getMonth(), clock: `${two(d.getHours())}:${two(d.getMinutes())}` };
}

test.each(zones)("times in %s have their day unless it is now's, at each quarter of an hour", async (zone) => {
  process.env.TZ = zone;
  vi.resetModules();
  const { when, utc } = await import("./format");
  for (const day of days) {
    for (let quarter = -6; quarter < 90; quarter++) {
      const now = Date.parse(day + "T00:00:00Z") / 1000 + quarter * 900;
      for (const ahead of [0, 899, 3600, 6 * 3600, 24 * 3600, -7 * 86400, 30 * 86400]) {
        const t = now + ahead;
        const text = when(t, now);
        const [is, its] = [parts(now), parts(t)];
        const same = is.date === its.date && is.month === its.month;
        expect(text.endsWith(its.clock), `${text} for ${utc(t)}`).toBe(true);
        expect(text === its.clock, `${text} for ${utc(t)} at ${utc(now)}`).toBe(same);
        if (!same) expect(text).toMatch(new RegExp(`^\\w{3} ${its.date} \\w{3,4} `));
      }
    }
  }
});
