import { useEffect, useState } from "preact/hooks";

// The address after the "#" is the whole state of a view, so that every view
// can be linked to.
export type Route =
  | { view: "fleet"; query: URLSearchParams }
  | { view: "workload"; namespace: string; name: string; query: URLSearchParams }
  | { view: "plan"; query: URLSearchParams }
  | { view: "nowhere"; path: string };

export function parse(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#/, "").split("?", 2);
  const query = new URLSearchParams(search);
  const parts = path.split("/").filter(Boolean).map(decode);
  if (parts.length === 0) return { view: "fleet", query };
  const [head, namespace, name] = parts;
  if (head === "w" && namespace && name && parts.length === 3) return { view: "workload", namespace, name, query };
  if (head === "plan" && parts.length === 1) return { view: "plan", query };
  return { view: "nowhere", path };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const withQuery = (path: string, query: URLSearchParams) => (query.size ? `${path}?${query}` : path);

export const fleetLink = (query = new URLSearchParams()) => withQuery("#/", query);

export const planLink = (query = new URLSearchParams()) => withQuery("#/plan", query);

export const workloadLink = (namespace: string, name: string, query = new URLSearchParams()) =>
  withQuery(`#/w/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`, query);

// changed returns the query with some values set, or removed where empty.
export function changed(query: URLSearchParams, values: Record<string, string>): URLSearchParams {
  const next = new URLSearchParams(query);
  for (const [k, v] of Object.entries(values)) v ? next.set(k, v) : next.delete(k);
  return next;
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const heard = () => setHash(location.hash);
    addEventListener("hashchange", heard);
    return () => removeEventListener("hashchange", heard);
  }, []);
  return parse(hash);
}
