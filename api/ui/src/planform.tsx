import { planLink } from "./route";

export const horizons = [
  ["24h", "1 day"],
  ["3d", "3 days"],
  ["7d", "7 days"],
  ["14d", "14 days"],
  ["28d", "28 days"],
] as const;

const n = (query: URLSearchParams, name: string): number | undefined => {
  const v = Number(query.get(name));
  return query.get(name) && Number.isFinite(v) ? v : undefined;
};

// request turns the query of the page into that of the API.
export function request(query: URLSearchParams): Record<string, unknown> {
  const whatIf: Record<string, unknown> = {};
  const factor = n(query, "factor");
  if (factor != null && factor !== 1) whatIf.load = [{ selector: query.get("selector") ?? "", factor }];
  const price = n(query, "price");
  if (price != null) whatIf.price = price;
  const zones = n(query, "zones");
  if (zones != null) whatIf.zone = { zones };
  if (query.get("floors") === "all") whatIf.allEnforced = true;
  const start = query.get("eventStart");
  if (start) {
    const ms = Date.parse(start);
    const hours = n(query, "eventHours") ?? 1;
    const at = (t: number) => new Date(t).toISOString().replace(/\.\d+Z$/, "Z");
    whatIf.events = [
      Number.isFinite(ms)
        ? { name: query.get("event") || "event", start: at(ms), end: at(ms + hours * 3600_000), multiplier: n(query, "multiplier") ?? 2 }
        : { name: query.get("event") || "event", start },
    ];
  }
  const out: Record<string, unknown> = { horizon: query.get("horizon") || "24h" };
  const namespace = query.get("namespace");
  if (namespace) out.namespace = namespace;
  if (Object.keys(whatIf).length) out.whatIf = whatIf;
  return out;
}

// PlanForm edits the query of the address, which is all the state there is.
export function PlanForm({ query, busy, go }: { query: URLSearchParams; busy: boolean; go: (query: URLSearchParams) => void }) {
  const send = (e: SubmitEvent) => {
    e.preventDefault();
    const next = new URLSearchParams();
    for (const [k, v] of new FormData(e.currentTarget as HTMLFormElement)) {
      const text = String(v).trim();
      if (text) next.set(k, text);
    }
    history.replaceState(null, "", planLink(next));
    go(next);
  };
  const had = (name: string) => query.get(name) ?? "";

  return (
    <form class="filters planning" onSubmit={send} data-testid="plan-form">
      <label>
        <span>Horizon</span>
        <select name="horizon" defaultValue={had("horizon") || "24h"}>
          {horizons.map(([v, words]) => (
            <option key={v} value={v} selected={v === (had("horizon") || "24h")}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Namespace</span>
        <input name="namespace" defaultValue={had("namespace")} placeholder="all" size={12} />
      </label>
      <label>
        <span>Load ×</span>
        <input name="factor" type="number" min="0.01" max="1000" step="any" defaultValue={had("factor")} placeholder="1" />
      </label>
      <label>
        <span>of workloads</span>
        <input name="selector" defaultValue={had("selector")} placeholder="all, or shop/*" size={14} />
      </label>
      <label>
        <span>Zones, one may be lost</span>
        <input name="zones" type="number" min="2" max="100" step="1" defaultValue={had("zones")} placeholder="none" />
      </label>
      <label>
        <span>Floors</span>
        <select name="floors" defaultValue={had("floors")}>
          <option value="" selected={had("floors") === ""}>
            as they are set
          </option>
          <option value="all" selected={had("floors") === "all"}>
            if all were enforced
          </option>
        </select>
      </label>
      <label>
        <span>Price of a pod-hour</span>
        <input name="price" type="number" min="0" step="any" defaultValue={had("price")} placeholder="as known" />
      </label>
      <fieldset>
        <legend>An event</legend>
        <label>
          <span>Name</span>
          <input name="event" defaultValue={had("event")} placeholder="sale" size={10} />
        </label>
        <label>
          <span>Begins</span>
          <input name="eventStart" type="datetime-local" defaultValue={had("eventStart")} />
        </label>
        <label>
          <span>Hours</span>
          <input name="eventHours" type="number" min="0.25" max="672" step="any" defaultValue={had("eventHours")} placeholder="1" />
        </label>
        <label>
          <span>Load ×</span>
          <input name="multiplier" type="number" min="0.01" max="100" step="any" defaultValue={had("multiplier")} placeholder="2" />
        </label>
      </fieldset>
      <button class="primary" disabled={busy} data-testid="plan-go">
        Make the plan
      </button>
    </form>
  );
}
