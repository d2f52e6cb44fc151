import type { Expert } from "./types";

export type Range = "near" | "mid" | "far";

export const ranges: { range: Range; words: string }[] = [
  { range: "near", words: "to 30 min" },
  { range: "mid", words: "to 3 h" },
  { range: "far", words: "beyond" },
];

export interface Row {
  name: string;
  text: string;
  note: string;
  failed: boolean;
  shares: (number | null)[]; // one for each range; null where the forecast does not reach
}

const most = 6; // of our own experts that are told one by one

// rows lists the experts of a forecast, the largest shares first. Our own that
// differ only in whether they add or multiply are one, and of them the smaller
// ones are summed up; guests are all told.
export function rows(experts: Expert[]): Row[] {
  const reached = ranges.map(({ range }) => experts.some((e) => e[range] > 0));
  const groups = new Map<string, Expert[]>();
  for (const e of experts) {
    const key = e.guest ? `guest ${e.name}` : e.name.replace(/-log$/, "");
    groups.set(key, [...(groups.get(key) ?? []), e]);
  }
  const list = [...groups].map(([name, group]): Row & { guest: boolean } => {
    const plain = group.find((e) => !e.name.endsWith("-log")) ?? group[0]!;
    const { note, failed, guest } = plain;
    const text = guest ? plain.shown : plain.shown.replace(/, (plus|times) the present level$/, "");
    return { name, text, note, failed, guest, shares: ranges.map(({ range }, i) => (reached[i] && !note ? sum(group.map((e) => e[range])) : null)) };
  });
  list.sort((a, b) => weight(b) - weight(a));

  const own = list.filter((r) => !r.guest);
  const rest = own.length > most + 1 ? own.slice(most) : [];
  const told: Row[] = list.filter((r) => !rest.includes(r));
  if (rest.length) {
    const idle = told.findIndex((r) => r.note);
    const shares = ranges.map((_, i) => (reached[i] ? sum(rest.map((r) => r.shares[i])) : null));
    told.splice(idle < 0 ? told.length : idle, 0, { name: "rest", text: `${rest.length} more`, note: "", failed: false, shares });
  }
  return told;
}

const sum = (list: (number | null | undefined)[]) => list.reduce<number>((s, v) => s + (v ?? 0), 0);
const weight = (r: Row) => (r.note ? -1 : sum(r.shares)); // who does not take part comes last
