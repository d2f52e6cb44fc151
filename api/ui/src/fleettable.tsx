import { FloorNow, Replicas } from "./floor";
import { ahead, count, pods, quantity, seconds, unknown, utc } from "./format";
import { Pill } from "./pill";
import { changed, fleetLink, workloadLink } from "./route";
import { Sparkline } from "./sparkline";
import type { Summary } from "./types";
import { gain, VerdictPill } from "./verdict";

interface Column {
  words: string;
  sort?: string; // what the API calls the order by this column
  first?: "asc" | "desc"; // the order that is wanted first
  number?: true;
}

const columns: Column[] = [
  { words: "Workload", sort: "name", first: "asc" },
  { words: "Mode" },
  { words: "Floor", sort: "floor", first: "desc", number: true },
  { words: "Raise", sort: "raise", first: "desc", number: true },
  { words: "Replicas", number: true },
  { words: "Ceiling", number: true },
  { words: "Reason", sort: "reason", first: "asc" },
  { words: "Proof", sort: "proof", first: "desc" },
  { words: "Predicted peak", sort: "peak", first: "desc" },
  { words: "Plan, next 24 h" },
];

export function FleetTable({ items, now, query }: { items: Summary[]; now: number; query: URLSearchParams }) {
  return (
    <div class="panel scroll">
      <table class="fleet" role="table" data-testid="fleet-table">
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((c) => (
              <Heading key={c.words} column={c} query={query} />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {items.map((w) => (
            <Row key={`${w.namespace}/${w.name}`} w={w} now={now} query={query} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Heading({ column, query }: { column: Column; query: URLSearchParams }) {
  const { words, sort, first = "asc" } = column;
  const align = column.number ? "num" : "";
  if (!sort) {
    return (
      <th role="columnheader" scope="col" class={align}>
        {words}
      </th>
    );
  }
  const order = query.get("order") === "desc" ? "desc" : "asc";
  const on = (query.get("sort") || "name") === sort;
  const next = !on ? first : order === "asc" ? "desc" : "asc";
  return (
    <th role="columnheader" scope="col" class={align} aria-sort={on ? (order === "asc" ? "ascending" : "descending") : "none"}>
      <a href={fleetLink(changed(query, { sort, order: next, page: "" }))}>
        {words}
        <span class="arrow" aria-hidden="true">
          {on ? (order === "asc" ? "↑" : "↓") : "↕"}
        </span>
      </a>
    </th>
  );
}

function Row({ w, now, query }: { w: Summary; now: number; query: URLSearchParams }) {
  const raise = w.floor - w.baseline;
  const message = w.problems?.find((p) => p.fatal)?.message ?? w.message;
  return (
    <tr role="row" data-testid={`row-${w.namespace}-${w.name}`}>
      <td role="cell" class="c-name">
        <a class="ns" href={fleetLink(changed(query, { namespace: w.namespace, page: "" }))} title="Only this namespace">
          {w.namespace}
        </a>
        <span class="slash">/</span>
        <wbr />
        <a class="name" href={workloadLink(w.namespace, w.name)}>
          {w.name}
        </a>
        {w.kind !== "HorizontalPodAutoscaler" && <span class="kind">{w.kind}</span>}
      </td>
      <td role="cell" class="c-mode">
        <span class={`mode mode-${w.mode}`}>{w.mode}</span>
      </td>
      <td role="cell" class="c-floor num">
        <FloorNow w={w} />
      </td>
      <td role="cell" class="c-raise num">
        {raise > 0 ? `+${raise}` : raise < 0 ? `−${-raise}` : <span class="quiet">0</span>}
      </td>
      <td role="cell" class="c-replicas num">
        <Replicas w={w} />
      </td>
      <td role="cell" class="c-ceiling num">
        {count(w.ceiling)}
      </td>
      <td role="cell" class="c-reason">
        <Pill reason={w.reason} message={w.message} />
        <Troubles w={w} />
        <span class="message" title={message}>
          {message}
        </span>
      </td>
      <td role="cell" class="c-proof">
        <ProofCell w={w} />
      </td>
      <td role="cell" class="c-peak">
        <PeakOf w={w} now={now} />
      </td>
      <td role="cell" class="c-plan">
        <Sparkline workload={w} now={now} />
      </td>
    </tr>
  );
}

function ProofCell({ w }: { w: Summary }) {
  const g = gain(w.proof);
  return (
    <>
      <VerdictPill proof={w.proof} />
      {g && w.proof.verdict === "Proven" && (
        <span class="sub" title="Short minutes: fewer ready pods than the load needed">
          {g[0]}
          <br />
          <span class="cost">{g[1]}</span>
        </span>
      )}
    </>
  );
}

function PeakOf({ w, now }: { w: Summary; now: number }) {
  const t = seconds(w.peak?.time);
  if (!w.peak || t == null) return <span class="quiet">{unknown}</span>;
  return (
    <>
      <span class={w.peak.pods > w.ceiling ? "over" : ""} title={w.peak.pods > w.ceiling ? `more than the ceiling of ${w.ceiling}` : undefined}>
        {pods(w.peak.pods)}
      </span>{" "}
      <span class="due" title={utc(t)}>{ahead(t, now)}</span>
      <span class="sub">{quantity(w.peak.load, w.capacity?.unit ?? "")}</span>
    </>
  );
}

// Troubles counts what somebody has to mend, worst first.
function Troubles({ w }: { w: Summary }) {
  const problems = w.problems ?? [];
  const warnings = w.warnings ?? [];
  const words = [...problems, ...warnings].map((p) => `${p.code}: ${p.message}`).join("\n");
  return (
    <>
      {w.error && (
        <span class="trouble trouble-bad" title={w.error}>
          failed
        </span>
      )}
      {problems.length > 0 && (
        <span class={`trouble ${problems.some((p) => p.fatal) ? "trouble-bad" : "trouble-warn"}`} title={words}>
          {problems.length} {problems.length === 1 ? "problem" : "problems"}
        </span>
      )}
      {warnings.length > 0 && (
        <span class="trouble trouble-warn" title={words}>
          {warnings.length} {warnings.length === 1 ? "warning" : "warnings"}
        </span>
      )}
    </>
  );
}
