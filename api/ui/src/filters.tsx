import { useEffect, useRef } from "preact/hooks";
import { changed, fleetLink } from "./route";
import { reasons } from "./types";

const pause = 200; // milliseconds after the last key until the filter is used

const orders = [
  ["", "Name"],
  ["floor:desc", "Floor, highest first"],
  ["raise:desc", "Raise, largest first"],
  ["peak:desc", "Peak, largest first"],
  ["reason:asc", "Reason"],
  ["proof:desc", "Proof, largest gain first"],
] as const;

// Filters edits the query of the fleet's address, which is all the state there is.
export function Filters({ query }: { query: URLSearchParams }) {
  const box = useRef<HTMLInputElement>(null);
  const timer = useRef<number | undefined>(undefined);
  const text = query.get("q") ?? "";
  const namespace = query.get("namespace");

  const go = (values: Record<string, string>) =>
    location.replace(fleetLink(changed(new URLSearchParams(location.hash.split("?")[1] ?? ""), { ...values, page: "" })));

  useEffect(() => {
    const slash = (e: KeyboardEvent) => {
      if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || (e.target as Element).matches("input, select, textarea")) return;
      e.preventDefault();
      box.current?.focus();
    };
    addEventListener("keydown", slash);
    return () => {
      removeEventListener("keydown", slash);
      clearTimeout(timer.current);
    };
  }, []);

  // What is typed leads the address; the address leads only when it came from elsewhere.
  useEffect(() => {
    if (box.current && document.activeElement !== box.current) box.current.value = text;
  }, [text]);

  const typed = (e: Event) => {
    const value = (e.currentTarget as HTMLInputElement).value.trim();
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => go({ q: value }), pause);
  };
  const chosen = (name: string) => (e: Event) => go({ [name]: (e.currentTarget as HTMLSelectElement).value });
  const ordered = (e: Event) => {
    const [sort = "", order = ""] = (e.currentTarget as HTMLSelectElement).value.split(":");
    go({ sort, order });
  };

  return (
    <form class="filters" role="search" onSubmit={(e) => e.preventDefault()}>
      <label class="grow">
        <span>Filter</span>
        <input ref={box} type="search" defaultValue={text} onInput={typed} placeholder="namespace or name" title="Press / to come here" data-testid="filter" />
      </label>
      <label>
        <span>Mode</span>
        <select value={query.get("mode") ?? ""} onChange={chosen("mode")} data-testid="filter-mode">
          <option value="">any</option>
          <option>Observe</option>
          <option>Enforce</option>
        </select>
      </label>
      <label>
        <span>Reason</span>
        <select value={query.get("reason") ?? ""} onChange={chosen("reason")} data-testid="filter-reason">
          <option value="">any</option>
          {reasons.map((r) => (
            <option key={r}>{r}</option>
          ))}
        </select>
      </label>
      <label class="narrow-only">
        <span>Sort</span>
        <select value={query.get("sort") ? `${query.get("sort")}:${query.get("order") ?? "asc"}` : ""} onChange={ordered}>
          {orders.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <input type="checkbox" checked={query.get("raised") === "true"} onChange={(e) => go({ raised: e.currentTarget.checked ? "true" : "" })} data-testid="filter-raised" />
        <span>raised only</span>
      </label>
      {namespace && (
        <a class="chip" href={fleetLink(changed(query, { namespace: "", page: "" }))} title="Show all namespaces">
          namespace {namespace} <span aria-hidden="true">×</span>
        </a>
      )}
    </form>
  );
}
