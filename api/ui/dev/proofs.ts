import type { Dot, LearnedLead, PolicyOutcome, Proof, Scatters, Signal, Verdict } from "../src/types";
import { hash, iso, type Made, tick } from "./world.ts";

const says: Record<Verdict, string> = {
  Proven: "proven; over 5.6 days floors would have left it short for 3.2 minutes instead of 48.4, at 1.2 % more pod-hours",
  NotNeeded: "not needed: the HPA alone serves this load; over 5.6 days it was short for 0 of 8064 minutes",
  NoGain: "no gain: floors would cost more than the short minutes that they avoid; over 5.6 days it was short for 12 of 8064 minutes",
  NaiveWins: "refused: yesterday's load as the forecast would serve better; over 5.6 days it was short for 31 of 8064 minutes",
  NoForesight: "refused: a constant minReplicas would serve as well; over 5.6 days it was short for 31 of 8064 minutes",
  DidHarm: "refused: floors would have done harm; over 5.6 days it was short for 31 of 8064 minutes",
};

const row = (policy: PolicyOutcome["policy"], shortMinutes: number, change: number, changes: number, floorChanges: number): PolicyOutcome => ({
  policy,
  minutes: 8064,
  shortMinutes,
  shortLoad: shortMinutes * 40,
  podHours: 1820 * (1 + change),
  podHoursChange: change,
  meanUtilization: 0.61 / (1 + change),
  changes,
  floorChanges,
  maxPods: 34,
  longestShortSeconds: shortMinutes * 9,
});

export function proofOf(m: Made): Proof {
  const at = tick();
  const h = hash(m.name, m.namespace, "proof");
  const verdicts = Object.keys(says) as Verdict[];
  const none = { verdict: null, holds: false, pending: "", withdrawn: "", shortMinutesSaved: null, podHoursChange: null, message: "no proof yet", detail: "", madeAt: null, tookSeconds: null, from: null, to: null, quantile: null, policies: [] };
  if (m.fate || h < 0.15) return { ...none, pending: "1.4 of 2.1 days of history are there", message: "no proof yet: 1.4 of 2.1 days of history are there" };
  const verdict = h < 0.6 ? "Proven" : verdicts[Math.floor(h * 97) % verdicts.length]!;
  const withdrawn = h > 0.95 ? "the load has changed its level since" : "";
  return {
    ...none,
    verdict,
    withdrawn,
    holds: verdict === "Proven" && !withdrawn,
    shortMinutesSaved: 56.5,
    podHoursChange: 0.012,
    message: withdrawn ? `withdrawn: ${withdrawn}` : says[verdict],
    detail: "short for 3.2 of 17280 minutes instead of 97.1 of 17280 minutes, at 1.1 % more pod-hours",
    madeAt: iso(at - 5400),
    tookSeconds: 2.4,
    from: iso(at - 5.6 * 86400),
    to: iso(at - 5400),
    quantile: 0.97,
    policies: [row("hpa", 48.4, 0, 811, 0), row("highwater", 3.2, 0.012, 790, 143), row("naive", 9.1, 0.031, 799, 120), row("constant", 22, 0.11, 402, 1), row("oracle", 0, -0.004, 770, 160)],
  };
}

export const leadOf = (m: Made): LearnedLead | null =>
  hash(m.name, "lead") < 0.3 ? null : { seconds: 107, p95Seconds: 92, medianSeconds: 61, starts: 214, confidence: "Good", why: "95% of pods are Ready within 1m32s, and 15s pass before they are created", neverReady: 1, outliers: 0, slowStarts: 0 };

export function capacityOf(m: Made, scale: number): Pick<Signal, "full" | "metric" | "assumed" | "learned"> {
  const perPod = m.perPod * scale;
  return {
    full: perPod / 0.7,
    metric: { kind: "AverageValue", source: "External", target: perPod, request: null },
    assumed: hash(m.name, "assumed") < 0.5 ? "" : "a pod is full at its target divided by 70 %, since nothing says at what it is",
    learned: {
      perPod: perPod * 0.92,
      unit: m.unit,
      method: "CPU",
      confidence: "Good",
      why: "a pod uses the CPU that the target allows at this load",
      clamped: false,
      estimates: [
        { method: "Target", perPod, low: perPod, high: perPod, atLeast: false, confidence: "Good", why: "the target of the autoscaler", observations: 0, peakPods: null },
        { method: "CPU", perPod: perPod * 0.92, low: perPod * 0.9, high: perPod * 0.95, atLeast: false, confidence: "Good", why: "a straight line through CPU and load", observations: 9120, peakPods: null },
      ],
      refusals: [
        { method: "Latency", reason: "Missing", detail: "there is no latency to look at" },
        { method: "USL", reason: "NotSaturated", detail: "the throughput was the demand, never the capacity" },
      ],
    },
  };
}

export function scatters(m: Made): Scatters {
  const points: Dot[] = Array.from({ length: 300 }, (_, i) => ({ x: m.perPod * (0.1 + 0.003 * i), y: 0.05 + 0.0015 * i + 0.06 * hash(m.name, i, "dot") }));
  return { signal: "load", unit: m.unit, plots: [{ method: "CPU", points, curve: [{ x: 0, y: 0.08 }, { x: m.perPod * 1.1, y: 0.58 }] }] };
}
