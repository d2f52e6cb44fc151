import { useEffect, useRef, useState } from "preact/hooks";
import { api, Failure } from "./api";
import { number } from "./format";
import { moneyChange } from "./money";
import type { Advices } from "./plantypes";
import { sentence } from "./proof";
import { Time } from "./time";
import type { Detail } from "./types";

// AdviceOn asks, when it is told to, what to change in the autoscaler itself.
export function AdviceOn({ w, now }: { w: Detail; now: number }) {
  const [asking, ask] = useState(false);
  const [data, setData] = useState<Advices | null>(null);
  const [failure, fail] = useState<Failure | null>(null);
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);

  const go = async () => {
    ask(true);
    fail(null);
    try {
      setData(await api.advice(w.namespace, w.name, stop.current.signal));
    } catch (e) {
      if (stop.current.signal.aborted) return;
      fail(e instanceof Failure ? e : new Failure("The page failed", String(e), 0));
    }
    ask(false);
  };

  return (
    <section class="panel part" aria-labelledby="advice" data-testid="advice" aria-busy={asking}>
      <h2 id="advice">Advice on the autoscaler</h2>
      {!data && (
        <p>
          <button type="button" onClick={go} disabled={asking} data-testid="advise">
            {asking ? "Replaying its past …" : "Look for advice"}
          </button>{" "}
          <span class="quiet">Replays its past with other targets, limits and windows.</span>
        </p>
      )}
      <div role="status">
        {failure && (
          <p class="bad">
            {failure.title}: {failure.detail}
          </p>
        )}
        {data && <Found a={data} now={now} />}
      </div>
    </section>
  );
}

function Found({ a, now }: { a: Advices; now: number }) {
  const items = a.items ?? [];
  return (
    <>
      {a.none && <p>{sentence(a.none)}</p>}
      {!a.none && items.length === 0 && <p>There is nothing to change.</p>}
      {items.length > 0 && (
        <ol class="advice">
          {items.map((x) => (
            <li key={x.kind + x.field}>
              <b>{x.kind}</b> <code>{x.field}</code>: {x.now} → <b>{x.better}</b>
              <p>{sentence(x.why)}</p>
              <small>
                {brings(x.podHours, "pod-hours")}
                {x.cost != null && ` (${moneyChange(x.cost, a.price?.currency)})`}, {brings(x.shortMinutes, "short minutes")} a week; {x.confidence} confidence
                {x.withFloors && "; only with Highwater's floors set"}
              </small>
            </li>
          ))}
        </ol>
      )}
      {(a.notes ?? []).map((n) => (
        <p class="quiet" key={n}>
          {sentence(n)}
        </p>
      ))}
      <p class="quiet applied">
        Each is measured alone, by a replay of{" "}
        {a.from ? (
          <>
            <Time t={a.from} /> to <Time t={a.to} />
          </>
        ) : (
          "the past"
        )}
        ; made <Time t={a.madeAt} now={now} />.
      </p>
    </>
  );
}

// brings says by how much something changes: "−120 pod-hours".
const brings = (x: number | null, what: string) => `${x == null ? "?" : Math.abs(x) < 0.05 ? "±0" : (x > 0 ? "+" : "−") + number(Math.abs(x))} ${what}`;
