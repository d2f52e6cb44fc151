import type { Finding, Warning } from "./types";

const most = 3; // findings of one kind that are told one by one

export interface Note {
  kind: string;
  lines: string[];
}

// notes are the findings to tell by their kind, the newest of each first. What
// a warning says already is left out, and of many only the newest are told.
export function notes(findings: Finding[], warnings: Warning[]): Note[] {
  const news = findings.filter((f) => !warnings.some((w) => w.message.includes(f.detail)));
  return [...new Set(news.map((f) => f.kind))].map((kind) => {
    const same = news.filter((f) => f.kind === kind).sort((a, b) => (b.to ?? "").localeCompare(a.to ?? ""));
    const lines = same.slice(0, most).map((f) => f.detail);
    if (same.length > most) lines.push(`and ${same.length - most} more before`);
    return { kind, lines };
  });
}
