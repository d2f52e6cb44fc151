import { useEffect } from "preact/hooks";
import { api } from "./api";
import { Fleet } from "./fleet";
import { Header } from "./header";
import { usePoll } from "./poll";
import { PlanPage } from "./planpage";
import { fleetLink, useRoute } from "./route";
import { Blank, Stale } from "./states";
import { Workload } from "./workload";

export function App() {
  const route = useRoute();
  const status = usePoll("status", 2, (s) => api.status(s));
  const where = route.view === "workload" ? `${route.namespace}/${route.name}` : route.view === "plan" ? "Plan" : "";

  useEffect(() => {
    document.title = where ? `${where} · Highwater` : "Highwater";
    scrollTo(0, 0);
  }, [route.view, where]);

  return (
    <>
      <Header status={status.data} view={route.view} />
      <Stale polled={status} />
      <main id="main">
        {route.view === "fleet" && <Fleet query={route.query} status={status.data} />}
        {route.view === "workload" && <Workload key={where} namespace={route.namespace} name={route.name} query={route.query} />}
        {route.view === "plan" && <PlanPage query={route.query} />}
        {route.view === "nowhere" && (
          <Blank title="There is no such page">
            <p>
              “{route.path}” leads nowhere. <a href={fleetLink()}>See all workloads</a>.
            </p>
          </Blank>
        )}
      </main>
      <footer>
        <span>Highwater {status.data?.version}</span>
        <span>
          The same data as JSON: <a href="api/v1/workloads">api/v1/workloads</a>
        </span>
      </footer>
    </>
  );
}
