import { api } from "./api";
import { Counts } from "./counts";
import { Filters } from "./filters";
import { FleetTable } from "./fleettable";
import { seconds } from "./format";
import { Pager, pageOf, pageSize } from "./pager";
import { usePoll } from "./poll";
import { fleetLink } from "./route";
import { Blank, Failed, Loading, Refused } from "./states";
import type { Status } from "./types";

const passed = ["q", "namespace", "mode", "reason", "raised", "sort", "order"];

// ask turns the query of the page into that of the API.
export function ask(query: URLSearchParams): string {
  const out = new URLSearchParams();
  for (const name of passed) {
    const v = query.get(name);
    if (v) out.set(name, v);
  }
  out.set("limit", String(pageSize));
  out.set("offset", String((pageOf(query) - 1) * pageSize));
  return out.toString();
}

export function Fleet({ query, status }: { query: URLSearchParams; status: Status | null }) {
  const question = ask(query);
  const { data, failure } = usePoll(question, 2, (s) => api.list(question, s));
  const filtered = ["q", "namespace", "mode", "reason", "raised"].some((f) => query.get(f));

  return (
    <>
      <h1 class="unseen">Workloads</h1>
      <Counts ready={seconds(status?.lastTick?.at) != null} />
      <Filters query={query} />
      {!data && !failure && <Loading what="the workloads" />}
      {!data && failure && <Failed failure={failure} />}
      {data && data.total === 0 && (filtered ? <NoMatch /> : <NoWorkloads status={status} />)}
      {data && data.total > 0 && (
        <>
          <Refused failure={failure} />
          {data.items.length > 0 ? (
            <FleetTable items={data.items} now={seconds(data.now) ?? 0} query={query} />
          ) : (
            <Blank title="There is no such page any more" />
          )}
          <Pager query={query} total={data.total} />
        </>
      )}
    </>
  );
}

const NoMatch = () => (
  <Blank title="No workload matches">
    <p>
      <a href={fleetLink()}>Show all workloads</a>
    </p>
  </Blank>
);

function NoWorkloads({ status }: { status: Status | null }) {
  if (status && !seconds(status.lastTick?.at)) {
    return (
      <Blank title="Reading the cluster">
        <p>The first tick has not finished. Workloads appear here as soon as it has.</p>
      </Blank>
    );
  }
  return (
    <Blank title="No HorizontalPodAutoscalers found">
      <p>Highwater works on autoscalers that are there already. What to check:</p>
      <ul>
        <li>
          Are there any? <pre>kubectl get hpa -A</pre>
        </li>
        <li>
          May Highwater list them? <pre>kubectl auth can-i list hpa -A --as=system:serviceaccount:NAMESPACE:highwater</pre>
        </li>
        <li>Is it told to watch other namespaces, or only a shard of the workloads? See its flags.</li>
      </ul>
    </Blank>
  );
}
