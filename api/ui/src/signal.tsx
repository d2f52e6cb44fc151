import { Copyable } from "./copy";
import { Facts } from "./facts";
import { count, percent, seconds, span } from "./format";
import { Time } from "./time";
import type { Detail, Quality, Signal } from "./types";

// SignalFacts says what the load is, where it comes from, and how well it is predicted.
export function SignalFacts({ s, w, now }: { s: Signal; w: Detail; now: number }) {
  const newest = seconds(s.newest);
  const { matured, coverage, error } = s.score;
  return (
    <section class="panel part" aria-labelledby="signal" data-testid="signal">
      <h2 id="signal">
        Signal <span class="name">{s.name}</span>
      </h2>
      <Copyable code={s.query} />
      <Facts
        rows={[
          ["Query from", s.queryFrom],
          ["Newest value", newest == null ? "none" : <><Time t={newest} now={now} /> <small>{span(now - newest)} old</small></>],
          ["History", !s.historySpanSeconds ? "none" : <>{span(s.historySpanSeconds)} <small>since <Time t={s.historyStart} /></small></>],
          ["Quality", quality(s.quality)],
          ["Method", s.experts?.length ? null : s.method], // the table of shares says more
          ["Fitted", seconds(s.fittedAt) == null ? null : <Time t={s.fittedAt} now={now} />],
          [
            "Coverage",
            matured === 0 || coverage == null ? (
              "not known yet"
            ) : (
              <>
                {percent(coverage)} <small>{percent(w.quantile, 2)} wanted, over {count(matured)} forecasts that have come due</small>
              </>
            ),
          ],
          ["Error", error == null ? null : <>{percent(error)} <small>of the mean load, for the median</small></>],
        ]}
      />
    </section>
  );
}

function quality(q: Quality): string {
  const flaws = [
    [q.gaps, "gaps"],
    [q.missing, "missing"],
    [q.duplicates, "duplicates"],
    [q.unordered, "out of order"],
    [q.nonFinite, "not finite"],
    [q.negative, "negative"],
  ] as const;
  const said = flaws.filter(([n]) => n > 0).map(([n, words]) => `${count(n)} ${words}`);
  return [`${count(q.points)} points`, ...(said.length ? said : ["no flaws"])].join(", ");
}
