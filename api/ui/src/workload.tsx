import { useEffect, useMemo, useState } from "preact/hooks";
import { api, Failure } from "./api";
import { AdviceOn } from "./advice";
import { Capacity } from "./capacity";
import { Decision } from "./decision";
import { Makeup } from "./makeup";
import { FloorNow, Replicas } from "./floor";
import { FloorPlot } from "./floorplot";
import { ahead, count, pods, quantity, seconds, unknown, utc } from "./format";
import { LoadPlot } from "./loadplot";
import { part } from "./part";
import { Pill } from "./pill";
import { usePoll } from "./poll";
import { ProofOf } from "./proof";
import { changed, fleetLink, workloadLink } from "./route";
import { Lease, Settings } from "./settings";
import { SignalFacts } from "./signal";
import { Failed, Loading, Refused } from "./states";
import { Timeline } from "./timeline";
import { Troubles } from "./troubles";
import type { Detail, Forecast, Plan } from "./types";
import { Zoom } from "./zoom";

interface Seen {
  detail: Detail;
  forecast: Forecast | null;
  plan: Plan | null; // null where the workload has none to show
  whole: boolean; // both are all that there is, and not what a zoom shows
}

// Workload shows one workload: the sentence, the plots, and everything that
// the decision was made from.
export function Workload({ namespace, name, query }: { namespace: string; name: string; query: URLSearchParams }) {
  const index = Math.max(0, Math.floor(Number(query.get("signal"))) || 0);
  const timeline = useMemo(() => new Timeline(), []);
  const [, again] = useState(0);
  useEffect(() => timeline.listen(() => again((n) => n + 1)), [timeline]);
  const { data, failure } = usePoll<Seen>(`${index} ${timeline.zoom ?? ""}`, 2, async (s, last) => {
    const detail = await api.workload(namespace, name, s);
    if (last && last.detail.at === detail.at) return { ...last, detail }; // no tick since
    const whole = !timeline.isZoomed;
    const shown = part(timeline);
    const [forecast, plan] = await Promise.all([orNone(api.forecast(namespace, name, index, shown, s)), orNone(api.plan(namespace, name, shown, s))]);
    return { detail, forecast, plan, whole };
  });

  return (
    <>
      <nav class="crumbs" aria-label="Where this is">
        <a href={fleetLink()}>All workloads</a>
        <span aria-hidden="true">/</span>
        <a href={fleetLink(new URLSearchParams({ namespace }))}>{namespace}</a>
      </nav>
      <h1>{name}</h1>
      {!data && !failure && <Loading what={`${namespace}/${name}`} />}
      {!data && failure && <Failed failure={failure} />}
      {data && <Refused failure={failure} />}
      {data && <Body seen={data} index={index} query={query} timeline={timeline} />}
    </>
  );
}

// orNone takes a refusal for "there is none": a workload without signals has no forecast.
const orNone = <T,>(asked: Promise<T>): Promise<T | null> =>
  asked.catch((e) => {
    if (e instanceof Failure && e.status >= 400 && e.status < 500) return null;
    throw e;
  });

function Body({ seen, index, query, timeline }: { seen: Seen; index: number; query: URLSearchParams; timeline: Timeline }) {
  const { detail: w, forecast, plan } = seen;
  const now = seconds(w.at) ?? Date.now() / 1000;
  const signals = w.signals ?? [];
  const signal = signals[index];
  timeline.extend(seen.whole ? extent(seen, now) : null, now);

  return (
    <>
      <p class="about">
        <span class={`mode mode-${w.mode}`}>{w.mode}</span> · {w.kind} of {w.target.kind} <b>{w.target.name}</b>
        {w.policy && (
          <>
            {" "}
            · policy <b>{w.policy}</b>
          </>
        )}
      </p>
      <p class="sentence" data-testid="message">
        <Pill reason={w.reason} /> {w.message}
      </p>
      <Numbers w={w} now={now} />
      <Troubles w={w} signal={signal} />
      <div class="panel part plots">
        <div class="plots-head">
          {signals.length > 1 ? (
            <nav class="tabs" aria-label="Signals" data-testid="signals">
              {signals.map((s, i) => (
                <a
                  key={s.name}
                  href={workloadLink(w.namespace, w.name, changed(query, { signal: i ? String(i) : "" }))}
                  aria-current={i === index ? "true" : undefined}
                >
                  {s.name}
                  {s.name === w.signal && <small title="It asks for most pods">decides</small>}
                </a>
              ))}
            </nav>
          ) : (
            <span class="name">{forecast?.signal}</span>
          )}
          <Zoom timeline={timeline} />
        </div>
        {forecast ? <LoadPlot forecast={forecast} value={signal?.value ?? null} timeline={timeline} now={now} /> : <p class="quiet">There is no load to show.</p>}
        {plan && <FloorPlot plan={plan} workload={w} timeline={timeline} now={now} />}
      </div>
      <ProofOf w={w} now={now} />
      <div class="parts">
        <Decision w={w} />
        {signal && <SignalFacts s={signal} w={w} now={now} />}
        {signal && <Capacity s={signal} w={w} index={index} />}
        {signal && <Makeup s={signal} />}
        <AdviceOn key={`${w.namespace}/${w.name}`} w={w} now={now} />
        <Settings w={w} now={now} />
        <Lease w={w} now={now} />
      </div>
    </>
  );
}

// extent is all there is to see: the history, the forecast and the plan.
function extent({ forecast, plan }: Seen, now: number): [number, number] {
  const start = seconds(forecast?.history?.start) ?? now;
  const f = forecast?.forecast;
  const ends = [now + 3600, seconds(plan?.points?.at(-1)?.time) ?? now, f ? (seconds(f.start) ?? now) + f.values.length * f.stepSeconds : now];
  return [Math.min(start, now - 3600), Math.max(...ends)];
}

function Numbers({ w, now }: { w: Detail; now: number }) {
  const peak = seconds(w.peak?.time);
  return (
    <dl class="numbers">
      <div>
        <dt>Floor</dt>
        <dd data-testid="floor">
          <FloorNow w={w} />
        </dd>
      </div>
      <div>
        <dt>minReplicas now</dt>
        <dd>{count(w.current)}</dd>
      </div>
      <div>
        <dt>Replicas</dt>
        <dd>
          <Replicas w={w} />
        </dd>
      </div>
      <div>
        <dt>Ceiling</dt>
        <dd>{count(w.ceiling)}</dd>
      </div>
      <div class="number-wide">
        <dt>Predicted peak</dt>
        <dd>
          {w.peak && peak != null ? (
            <>
              {pods(w.peak.pods)}{" "}
              <small title={utc(peak)}>
                {ahead(peak, now)}, {quantity(w.peak.load, w.capacity?.unit ?? "")}
              </small>
            </>
          ) : (
            unknown
          )}
        </dd>
      </div>
    </dl>
  );
}
