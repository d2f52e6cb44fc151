import type { ComponentChildren } from "preact";
import { calendarRows, scheduledRows } from "./calendar";
import { Facts } from "./facts";
import { goSeconds, percent, pods, seconds, span } from "./format";
import { Time } from "./time";
import type { Detail } from "./types";

const length = (go: string) => {
  const s = goSeconds(go);
  return Number.isNaN(s) ? go : span(s);
};

// Lease is the way back that a set floor carries on its object.
export function Lease({ w, now }: { w: Detail; now: number }) {
  const l = w.lease;
  return (
    <section class="panel part" aria-labelledby="lease" data-testid="lease">
      <h2 id="lease">Lease</h2>
      {l ? (
        <Facts
          rows={[
            ["Floor set", pods(l.floor)],
            ["Goes back to", <>{pods(l.baseline)} <small>the baseline</small></>],
            ["Renewed", <Time t={l.renewed} now={now} />],
            ["Expires", <Expiry t={seconds(l.expires)} now={now} />],
            ["Holder", <code>{l.holder}</code>],
          ]}
        />
      ) : (
        <p class="quiet">None: {w.mode === "Observe" ? "in Observe mode no floor is set." : "no raised floor is set now."}</p>
      )}
    </section>
  );
}

function Expiry({ t, now }: { t: number | null; now: number }) {
  if (t == null) return null;
  return (
    <>
      <Time t={t} now={now} /> <small class={t < now ? "bad" : ""}>{t < now ? "expired: anyone may restore the baseline" : `in ${span(t - now)}`}</small>
    </>
  );
}

// Settings are the values of the policy that made the decision.
export function Settings({ w, now }: { w: Detail; now: number }) {
  const p = w.policyValues;
  return (
    <section class="panel part" aria-labelledby="policy" data-testid="policy">
      <h2 id="policy">
        Policy <span class="name">{w.policy || "defaults"}</span>
      </h2>
      <Facts
        rows={[
          ["Mode", w.suspended ? `${w.mode}, suspended` : w.mode],
          ["Quantile", percent(p.quantile, 2)],
          ["Headroom", percent(p.headroom)],
          ["Limits", `${p.min || "baseline"} to ${p.max || "ceiling"}`],
          ["Lead time", length(p.leadTime)],
          ["Hold", length(p.hold)],
          ["Grace in doubt", length(p.grace)],
          ["Up by at most", `${percent(p.stepUp)} or ${pods(p.minStepUp)} every ${length(p.stepEvery)}`],
          ["Down by at most", `${percent(p.stepDown)} or 1 pod every ${length(p.stepEvery)}`],
          ...[...calendarRows(w.calendar, now), ...scheduledRows(w.scheduled, now)].map(([name, value, more]): [string, ComponentChildren] => [name, <>{value} {more && <small>{more}</small>}</>]),
        ]}
      />
    </section>
  );
}
