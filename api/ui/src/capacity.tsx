import { useEffect, useState } from "preact/hooks";
import { api } from "./api";
import { Facts } from "./facts";
import { between, clock, count, goSeconds, pods, quantity, seconds, span, unknown } from "./format";
import { ScatterPlot } from "./scatter";
import { sentence } from "./proof";
import type { CapacityMethod, Confidence, Detail, Learned, NodeHeadroom, Scatters, Signal } from "./types";

const methods: Record<CapacityMethod, string> = { Target: "Target", CPU: "CPU", Latency: "Latency", USL: "Scaling law" };
const sureness: Record<Confidence, string> = { None: "nothing known", Weak: "weak", Good: "good" };

// Capacity says what a pod carries and how long pods take to start, how that is
// known, and what was assumed.
export function Capacity({ s, w, index }: { s: Signal; w: Detail; index: number }) {
  const l = s.learned;
  const lead = w.learnedLead;
  return (
    <section class="panel part" aria-labelledby="capacity" data-testid="capacity">
      <h2 id="capacity">Capacity and lead time</h2>
      <Facts
        rows={[
          [
            "A pod carries",
            s.capacity.perPod == null ? "not known" : <>{quantity(s.capacity.perPod, s.capacity.unit)} {s.capacity.source && <small>{s.capacity.source}</small>}</>,
          ],
          ["It is full at", s.full == null || s.full === s.capacity.perPod ? null : <>{quantity(s.full, s.capacity.unit)} <small>beyond it the workload is short</small></>],
          ["Assumed", s.assumed ? sentence(s.assumed) : "nothing"],
          ["Learned", l ? <>{l.perPod == null ? "nothing" : quantity(l.perPod, l.unit)} {l.why && <small>{sentence(l.why)}</small>}</> : <>not yet <small>it needs history of the pods, and of CPU or latency</small></>],
          ["Lead time", <>{length(w.policyValues.leadTime)} <small>from raising the floor to the pods being ready; in force</small></>],
          [
            "Seen",
            lead ? (
              <>
                {span(lead.seconds)} <small>{sentence(lead.why)} {lead.starts > 0 && `Learned from ${count(lead.starts)} starts; ${sureness[lead.confidence]}.`}</small>
              </>
            ) : (
              <>no starts yet <small>the policy's own lead time holds</small></>
            ),
          ],
          ["Nodes ahead", w.nodeHeadroom && <Nodes h={w.nodeHeadroom} />],
        ]}
      />
      {l && <Ways l={l} />}
      {l?.estimates?.some((e) => e.method !== "Target") && <Plots w={w} index={index} made={s.fittedAt ?? ""} perPod={l.perPod} />}
    </section>
  );
}

// Nodes says what room there is asked for on nodes, and how much each hour needs.
function Nodes({ h }: { h: NodeHeadroom }) {
  const hours = h.byHour.filter((x) => x.pods > 0).slice(0, 8);
  return (
    <>
      {h.object ? `room for ${pods(h.pods)}` : "nothing is asked for now"}{" "}
      <small>
        {h.object && `${h.object}; `}nodes take {span(h.leadSeconds)}
        {hours.length > 0 && `; most by hour: ${hours.map((x) => `${clock(seconds(x.time) ?? 0)} ${x.pods}`).join(", ")}`}
      </small>
    </>
  );
}

const length = (go: string) => {
  const s = goSeconds(go);
  return Number.isNaN(s) ? go : span(s);
};

function Ways({ l }: { l: Learned }) {
  return (
    <table class="ways">
      <thead>
        <tr>
          <th scope="col">Way</th>
          <th scope="col">A pod carries</th>
        </tr>
      </thead>
      <tbody>
        {(l.estimates ?? []).map((e) => (
          <tr key={e.method}>
            <th scope="row">
              {methods[e.method]}
              {e.method === l.method && (
                <span class="bound" title="The one that decided">
                  decides
                </span>
              )}
            </th>
            <td>
              {e.atLeast && "at least "}
              {quantity(e.perPod, l.unit)}
              {e.low < e.high && !e.atLeast && `, between ${between(e.low, e.high, l.unit)}`}
              {e.method !== "Target" && ` (${sureness[e.confidence]}, ${count(e.observations)} observations)`}
              <small>
                {e.why && sentence(e.why)} {e.peakPods != null && `Beyond ${pods(Math.round(e.peakPods))} they carry less together.`}
              </small>
            </td>
          </tr>
        ))}
        {(l.refusals ?? []).map((r) => (
          <tr key={r.method}>
            <th scope="row">{methods[r.method]}</th>
            <td>
              {unknown} <span class="quiet">{r.reason}</span>
              <small>{sentence(r.detail)}</small>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

// Plots asks for the points once, and again after each fit.
function Plots({ w, index, made, perPod }: { w: Detail; index: number; made: string; perPod: number | null }) {
  const [data, setData] = useState<Scatters | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    api.capacity(w.namespace, w.name, index, stop.signal).then(setData, () => undefined); // the table says all of it in numbers
    return () => stop.abort();
  }, [w.namespace, w.name, index, made]);
  return (
    <>
      {(data?.plots ?? []).map((p) => (
        <ScatterPlot key={p.method} plot={p} unit={data!.unit} perPod={p.method === "USL" ? null : perPod} />
      ))}
    </>
  );
}
