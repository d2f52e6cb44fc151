import { number, percent } from "./format";
import { Shape, type Tone } from "./pill";
import type { ProofBrief, Verdict } from "./types";

const said: Record<Verdict, [words: string, tone: Tone]> = {
  Proven: ["Proven", "good"],
  NotNeeded: ["Not needed", "calm"],
  NoGain: ["No gain", "calm"],
  NaiveWins: ["Naive wins", "limit"],
  NoForesight: ["No foresight", "limit"],
  DidHarm: ["Did harm", "bad"],
};

// verdict is a proof in a word or two, and the tone that goes with it.
export function verdict(p: ProofBrief): [words: string, tone: Tone] {
  if (!p.verdict) return ["No proof yet", "doubt"];
  if (p.withdrawn) return ["Withdrawn", "doubt"];
  return said[p.verdict] ?? [p.verdict, "calm"];
}

export function VerdictPill({ proof }: { proof: ProofBrief }) {
  const [words, tone] = verdict(proof);
  return (
    <span class={`pill pill-${tone}`} title={proof.pending || proof.withdrawn || undefined} data-testid="verdict">
      <Shape tone={tone} />
      {words}
    </span>
  );
}

// more says by how much something changes: "+2.1 %", "−3 %", "±0 %".
export function more(share: number | null): string {
  if (share == null) return percent(null);
  const text = percent(Math.abs(share));
  return text === "0 %" ? "±0 %" : `${share > 0 ? "+" : "−"}${text}`;
}

// gain is what floors save and cost: "saves 48.4 min a week", "+1.2 % pod-hours".
export function gain(p: ProofBrief): [saved: string, cost: string] | null {
  if (!p.verdict || p.shortMinutesSaved == null || p.podHoursChange == null) return null;
  const s = p.shortMinutesSaved;
  return [`${s < -0.05 ? "costs" : "saves"} ${number(Math.abs(s))} min a week`, `${more(p.podHoursChange)} pod-hours`];
}
