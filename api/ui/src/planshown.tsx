import type { ComponentChildren } from "preact";
import { count, number, percent, pods, seconds } from "./format";
import { money } from "./money";
import { FleetPlot } from "./planplot";
import type { PlanGap, PlannedWorkload, PlanPeak, PlanReport } from "./plantypes";
import { sentence } from "./proof";
import { workloadLink } from "./route";
import { Time } from "./time";
import { more } from "./verdict";

const most = 12; // rows of a table

// PlanShown is a plan that was made.
export function PlanShown({ report: r, id }: { report: PlanReport; id: string }) {
  const t = r.total;
  const list = r.workloads ?? [];
  const flat = list.filter((w) => w.forecast).length;
  return (
    <div data-testid="plan-report">
      <p class="sentence">{tellPlan(r)}</p>
      {(r.whatIf ?? []).length > 0 && (
        <p class="about whatif">
          What if: <b>{r.whatIf!.join("; ")}</b>
        </p>
      )}
      <dl class="numbers">
        <Figure name="Most pods at once">{number(Math.ceil(t.podsMost))}</Figure>
        <Figure name="Pod-hours" note={`${more(share(t.podHours, t.podHoursAlone))}, instead of ${number(t.podHoursAlone)}`}>
          {number(t.podHours)}
        </Figure>
        <Figure name="Short minutes" note={`instead of ${number(t.shortMinutesAlone)}`}>
          {number(t.shortMinutes)}
        </Figure>
        {r.priced && (
          <Figure name="Cost" note={`instead of ${money(t.costAlone, r.currency)}`}>
            {money(t.cost, r.currency)}
          </Figure>
        )}
        <Figure name="Workloads" note={flat ? `${count(flat)} without a forecast, kept as they are` : ""}>
          {count(list.length)}
        </Figure>
      </dl>
      <div class="panel part plots">
        <FleetPlot report={r} />
      </div>
      <div class="plan-parts">
        <Gaps list={r.gaps ?? []} quantile={r.quantiles[1]} />
        <Peaks list={r.peaks ?? []} quantile={r.quantiles[1]} />
        <Workloads list={list} />
      </div>
      <p class="downloads">
        {(["json", "csv", "html"] as const).map((f) => (
          <a class="button" key={f} href={`api/v1/plan/${id}?format=${f}`} download={`plan.${f}`}>
            {f.toUpperCase()}
          </a>
        ))}{" "}
        <span class="quiet">kept for 15 minutes</span>
      </p>
      {(r.notes ?? []).map((n) => (
        <p class="quiet" key={n}>
          {sentence(n)}
        </p>
      ))}
    </div>
  );
}

const share = (a: number, b: number) => (b > 0 ? a / b - 1 : null);

// tellPlan is the plan in a sentence.
export function tellPlan(r: PlanReport): string {
  const days = ((seconds(r.to) ?? 0) - (seconds(r.from) ?? 0)) / 86400;
  const span = days === 1 ? "the next day" : `the next ${number(days)} days`;
  const saved = r.total.shortMinutesAlone - r.total.shortMinutes;
  const change = share(r.total.podHours, r.total.podHoursAlone);
  const gaps = r.gaps?.length ?? 0;
  const room = gaps === 0 ? "There is room for all of it." : `${gaps === 1 ? "At one time" : `At ${count(gaps)} times`} there may not be room for what is needed.`;
  if (saved < 0.5) return `Over ${span} the autoscalers alone would do: floors save no short minutes. ${room}`;
  return `Over ${span} floors are expected to save ${number(saved)} of ${number(r.total.shortMinutesAlone)} short minutes, at ${more(change)} pod-hours. ${room}`;
}

function Figure({ name, note, children }: { name: string; note?: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {children} {note && <small>{note}</small>}
      </dd>
    </div>
  );
}

function Part({ id, title, rest, children }: { id: string; title: string; rest: number; children: ComponentChildren }) {
  return (
    <section class="panel part" aria-labelledby={`${id}-head`} data-testid={id}>
      <h2 id={`${id}-head`}>
        {title}
      </h2>
      <div class="scroll">{children}</div>
      {rest > 0 && <p class="quiet applied">{count(rest)} more in the files below.</p>}
    </section>
  );
}

function Name({ of }: { of: string }) {
  const [namespace, name] = of.split("/", 2);
  return namespace && name ? <a href={workloadLink(namespace, name)}>{of}</a> : <>{of || "all nodes"}</>;
}

const units = { pods: "pods", cpu: "cores", memory: "GiB" };
const room = (g: PlanGap, v: number) => `${number(g.resource === "memory" ? v / 2 ** 30 : g.resource === "pods" ? Math.ceil(v) : v)} ${units[g.resource]}`;

function Gaps({ list, quantile }: { list: PlanGap[]; quantile: number }) {
  if (list.length === 0) {
    return (
      <Part id="plan-gaps" title="Gaps" rest={0}>
        <p class="quiet">None: no ceiling is in the way, even if the {percent(quantile)} load comes.</p>
      </Part>
    );
  }
  return (
    <Part id="plan-gaps" title="Gaps: more is needed than there is room for" rest={list.length - most}>
      <table class="ways gaps" role="table">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">Where</th>
            <th role="columnheader" scope="col">When</th>
            <th role="columnheader" scope="col" class="num">
              Needed
            </th>
            <th role="columnheader" scope="col" class="num">
              Room
            </th>
            <th role="columnheader" scope="col">Remedy</th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {list.slice(0, most).map((g) => (
            <tr role="row" key={g.in + g.of + g.from}>
              <th role="rowheader" scope="row">
                <Name of={g.of} />
                <small>{g.in}{g.expected ? ", expected" : ""}</small>
              </th>
              <td role="cell" class="when">
                <Time t={g.from} />
                <small>
                  to <Time t={g.to} />
                </small>
              </td>
              <td role="cell" class="num need">{room(g, g.need)}</td>
              <td role="cell" class="num room">{room(g, g.limit)}</td>
              <td role="cell" class="remedy">{sentence(g.remedy)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Part>
  );
}

function Peaks({ list, quantile }: { list: PlanPeak[]; quantile: number }) {
  return (
    <Part id="plan-peaks" title="Peaks, the largest first" rest={list.length - most}>
      <table class="ways">
        <thead>
          <tr>
            <th scope="col">Workload</th>
            <th scope="col">When</th>
            <th scope="col" class="num">
              Expected
            </th>
            <th scope="col" class="num">
              At {percent(quantile)}
            </th>
            <th scope="col" class="num">
              Ceiling
            </th>
            <th scope="col">Chance of more</th>
          </tr>
        </thead>
        <tbody>
          {list.slice(0, most).map((p) => (
            <tr key={p.workload + p.time}>
              <th scope="row">
                <Name of={p.workload} />
              </th>
              <td class="when">
                <Time t={p.time} />
              </td>
              <td class="num">{pods(Math.ceil(p.pods))}</td>
              <td class="num">{count(Math.ceil(p.podsHigh))}</td>
              <td class="num">{count(p.ceiling)}</td>
              <td class={p.exceeds > 0.05 ? "over" : ""}>{percent(p.exceeds, 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Part>
  );
}

function Workloads({ list }: { list: PlannedWorkload[] }) {
  const sorted = [...list].sort((a, b) => b.total.shortMinutesAlone - b.total.shortMinutes - (a.total.shortMinutesAlone - a.total.shortMinutes) || b.total.podHours - a.total.podHours);
  return (
    <Part id="plan-workloads" title="Workloads, the largest gain first" rest={list.length - most}>
      <table class="ways">
        <thead>
          <tr>
            <th scope="col">Workload</th>
            <th scope="col" class="num">
              Short minutes
            </th>
            <th scope="col" class="num">
              Pod-hours
            </th>
            <th scope="col">Note</th>
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, most).map((w) => (
            <tr key={`${w.namespace}/${w.name}`}>
              <th scope="row">
                <Name of={`${w.namespace}/${w.name}`} />
              </th>
              <td class="num">
                {number(w.total.shortMinutes)} <small>alone {number(w.total.shortMinutesAlone)}</small>
              </td>
              <td class="num">
                {number(w.total.podHours)} <small>{more(share(w.total.podHours, w.total.podHoursAlone))}</small>
              </td>
              <td>
                <small>{[w.forecast ? `${w.forecast.reason}: ${w.forecast.detail}` : "", ...(w.problems ?? [])].filter(Boolean).map(sentence).join(" ")}</small>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Part>
  );
}
