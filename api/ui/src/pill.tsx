import type { Reason } from "./types";

// What a reason asks of the reader; colour and shape follow from it, so that
// neither is needed alone.
export type Tone = "good" | "calm" | "up" | "down" | "limit" | "doubt" | "off" | "bad";

const tones: Record<Reason, Tone> = {
  Baseline: "calm",
  PredictedPeak: "up",
  RampingUp: "up",
  Holding: "down",
  RampingDown: "down",
  AtCeiling: "limit",
  AtLimit: "limit",
  Scheduled: "up",
  DoubtHolds: "doubt",
  DoubtExpired: "doubt",
  NoForecast: "doubt",
  Suspended: "off",
  Invalid: "bad",
};

const shapes: Record<Tone, string> = {
  good: "M1.5 5.5 4 8l4.5-6",
  calm: "M1 6.5h8",
  up: "M1 8h3.5V2.5H9",
  down: "M1 2.5h4.5V8H9",
  limit: "M1 1.5h8M5 9V4.5M2.8 6.5 5 4.3l2.2 2.2",
  doubt: "M2.6 3.4C2.7 .6 7.4 .7 7.4 3.4 7.4 5.2 5 5 5 6.6M5 8.7v.3",
  off: "M3 2v6M7 2v6",
  bad: "M2 2l6 6M8 2 2 8",
};

// Shape is the small drawing of a tone.
export const Shape = ({ tone }: { tone: Tone }) => (
  <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
    <path d={shapes[tone]} />
  </svg>
);

export function Pill({ reason, message }: { reason: Reason; message?: string }) {
  const tone = tones[reason] ?? "calm";
  return (
    <span class={`pill pill-${tone}`} title={message} data-testid="reason" data-reason={reason}>
      <Shape tone={tone} />
      {reason}
    </span>
  );
}
