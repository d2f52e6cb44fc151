import type { Advices, PlanJob, PlanReport } from "./plantypes";
import type { Detail, Forecast, List, Plan, Scatters, Status } from "./types";

// A Failure is an answer that is not the one asked for: a problem+json of the
// server, or no usable answer at all (status 0).
export class Failure extends Error {
  constructor(
    readonly title: string,
    readonly detail: string,
    readonly status: number,
    readonly errors: string[] = [],
  ) {
    super(detail ? `${title}: ${detail}` : title);
  }
}

const patience = 10_000; // milliseconds until an answer is given up
const longPatience = 130_000; // for what is made when it is asked for

// read asks for a path below api/v1/, relative to the page, so that the page
// works wherever a proxy puts it.
async function read<T>(path: string, signal: AbortSignal, request: RequestInit = {}, patient = patience): Promise<T> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(patient)]);
  let answer: Response;
  try {
    answer = await fetch(`api/v1/${path}`, { ...request, signal: limit, headers: { Accept: "application/json", ...request.headers } });
    if (answer.status === 204) return undefined as T;
    if (answer.ok) return (await answer.json()) as T;
  } catch (e) {
    if (signal.aborted) throw e;
    if (limit.aborted) throw new Failure("No answer", `Highwater did not answer within ${patient / 1000} s.`, 0);
    throw new Failure("No answer", "Highwater cannot be reached, or what answered is not Highwater.", 0);
  }
  throw await problem(answer);
}

// problem reads an RFC 9457 problem, or makes the best of what came.
async function problem(answer: Response): Promise<Failure> {
  const title = answer.statusText || `HTTP ${answer.status}`;
  if (!(answer.headers.get("Content-Type") ?? "").includes("json")) return new Failure(title, "", answer.status);
  try {
    const p = (await answer.json()) as { title?: string; detail?: string; errors?: unknown[] };
    const errors = (p.errors ?? []).map((e) => (typeof e === "string" ? e : String((e as { message?: unknown }).message ?? "")));
    return new Failure(p.title ?? title, p.detail ?? "", answer.status, errors.filter(Boolean));
  } catch {
    return new Failure(title, "", answer.status);
  }
}

const at = (namespace: string, name: string) => `workloads/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;

export const api = {
  status: (s: AbortSignal) => read<Status>("status", s),
  list: (query: string, s: AbortSignal) => read<List>(`workloads?${query}`, s),
  workload: (namespace: string, name: string, s: AbortSignal) => read<Detail>(at(namespace, name), s),
  forecast: (namespace: string, name: string, signal: number, part: string, s: AbortSignal) =>
    read<Forecast>(`${at(namespace, name)}/forecast?signal=${signal}&history=24h&${part}`, s),
  plan: (namespace: string, name: string, part: string, s: AbortSignal) => read<Plan>(`${at(namespace, name)}/plan?${part}`, s),
  capacity: (namespace: string, name: string, signal: number, s: AbortSignal) => read<Scatters>(`${at(namespace, name)}/capacity?signal=${signal}`, s),
  advice: (namespace: string, name: string, s: AbortSignal) => read<Advices>(`${at(namespace, name)}/advice`, s, {}, longPatience),
  startPlan: (request: unknown, s: AbortSignal) =>
    read<PlanJob>("plan", s, { method: "POST", body: JSON.stringify(request), headers: { "Content-Type": "application/json" } }),
  report: (id: string, s: AbortSignal) => read<PlanReport>(`plan/${id}`, s, {}, longPatience),
  cancelPlan: (id: string) => read<void>(`plan/${id}`, new AbortController().signal, { method: "DELETE", keepalive: true }),
};
