// How numbers, durations and times read. A value that is not known is "–".

export const unknown = "–";

// number writes at least three significant digits, with k, M, G from 10,000 on.
export function number(v: number | null | undefined): string {
  if (v == null || !Number.isFinite(v)) return unknown;
  const a = Math.abs(v);
  for (const [size, mark] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]] as const) {
    if (a >= Math.max(size * 0.9995, 9999.5)) return `${significant(v / size)}${mark}`;
  }
  return significant(v);
}

function significant(v: number): string {
  const a = Math.abs(v);
  if (a < 1e-9) return "0";
  if (a >= 99.95) return Math.round(v).toLocaleString("en-GB");
  return String(Number(v.toPrecision(3)));
}

const binary = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

function bytes(v: number): string {
  let i = 0;
  while (Math.abs(v) >= 1023.5 && i < binary.length - 1) {
    v /= 1024;
    i++;
  }
  return `${i === 0 ? Math.round(v) : significant(v)} ${binary[i]}`;
}

// quantity writes a load with its unit: "3.2 cores", "1.5 GiB", "840 requests/s".
export function quantity(v: number | null | undefined, unit: string): string {
  if (v == null || !Number.isFinite(v)) return unknown;
  if (unit === "bytes" || unit.startsWith("bytes/")) return bytes(v) + unit.slice("bytes".length);
  if (unit === "cores" && Math.abs(v) < 0.0995 && v !== 0) return `${significant(v * 1000)} millicores`;
  const n = number(v);
  if (!unit) return n;
  if (unit === "%") return `${n} %`;
  return `${n} ${n === "1" ? singular(unit) : unit}`;
}

// tick writes a load for an axis whose title has the unit, except for bytes.
export function tick(v: number, unit: string): string {
  if (v === 0) return "0";
  return unit === "bytes" || unit.startsWith("bytes/") ? bytes(v) : number(v);
}

// increments are the steps of an axis that read well in a unit; null leaves
// them to the plot.
export function increments(unit: string): number[] | null {
  if (unit !== "bytes" && !unit.startsWith("bytes/")) return null;
  return binary.flatMap((_, i) => [1, 2, 5, 10, 20, 50, 100, 200, 500].map((n) => n * 1024 ** i));
}

// between writes two loads of one unit: "350 to 411 requests/s".
export function between(low: number | null | undefined, high: number | null | undefined, unit: string): string {
  const [a, b] = [quantity(low, unit), quantity(high, unit)];
  const tail = b.slice(b.indexOf(" "));
  return `${tail.startsWith(" ") && a.endsWith(tail) ? a.slice(0, -tail.length) : a} to ${b}`;
}

// singular of "cores" is "core", of "requests/s" "request/s".
const singular = (unit: string) => unit.replace(/^([a-z]*[a-rt-z])s\b/, "$1");

export const percent = (share: number | null | undefined, digits = 1) =>
  share == null || !Number.isFinite(share) ? unknown : `${Number((share * 100).toFixed(digits))} %`;

export const pods = (n: number) => `${n.toLocaleString("en-GB")} ${n === 1 ? "pod" : "pods"}`;

export const count = (n: number | null | undefined) => (n == null ? unknown : n.toLocaleString("en-GB"));

// span writes a length of time by its two largest units: "2 d 4 h", "43 min", "8 s".
export function span(seconds: number | null | undefined): string {
  if (seconds == null || !Number.isFinite(seconds)) return unknown;
  let s = Math.max(0, Math.round(seconds));
  if (s >= 3600) s = Math.round(s / 60) * 60;
  const parts: string[] = [];
  for (const [size, mark] of [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]] as const) {
    const n = Math.floor(s / size);
    s -= n * size;
    if (n > 0) parts.push(`${n} ${mark}`);
    else if (parts.length) break;
  }
  return parts.slice(0, 2).join(" ") || "0 s";
}

const goUnits: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 };

// goSeconds reads a duration as Go writes it ("1h2m0.5s"); NaN if it is none.
export function goSeconds(text: string): number {
  if (!/^-?([\d.]+(h|ms|m|s|us|µs|ns))+$/.test(text)) return text === "0" ? 0 : NaN;
  let sum = 0;
  for (const [, n, unit] of text.matchAll(/([\d.]+)(h|ms|m|s|us|µs|ns)/g)) sum += Number(n) * goUnits[unit!]!;
  return text.startsWith("-") ? -sum : sum;
}

// seconds reads a time of the API; null for none and for Go's zero time.
export function seconds(time: string | null | undefined): number | null {
  if (!time || time.startsWith("0001-")) return null;
  const t = Date.parse(time) / 1000;
  return Number.isFinite(t) ? t : null;
}

const style = { hourCycle: "h23", hour: "2-digit", minute: "2-digit" } as const;
const clockFormat = new Intl.DateTimeFormat("en-GB", style);
const clockSecondsFormat = new Intl.DateTimeFormat("en-GB", { ...style, second: "2-digit" });
const dayFormat = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short" });

export const clock = (t: number) => clockFormat.format(t * 1000);
export const clockSeconds = (t: number) => clockSecondsFormat.format(t * 1000);
export const day = (t: number) => dayFormat.format(t * 1000).replace(",", "");
export const utc = (t: number) => new Date(t * 1000).toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");

// when writes a time in the browser's zone, with the day unless it is now's.
export const when = (t: number, now: number) => (day(t) === day(now) ? clock(t) : `${day(t)} ${clock(t)}`);

// ahead says in how long something is due.
export const ahead = (t: number, now: number) => (t - now < 30 ? "now" : `in ${span(Math.max(60, Math.round((t - now) / 60) * 60))}`);
