import { useEffect, useRef, useState } from "preact/hooks";
import { api, Failure } from "./api";
import { count } from "./format";
import { PlanForm, request } from "./planform";
import { PlanShown } from "./planshown";
import type { PlanJob, PlanReport } from "./plantypes";

type State = { job: PlanJob | null; report: PlanReport | null; failure: Failure | null; cancelled: boolean };

const nothing: State = { job: null, report: null, failure: null, cancelled: false };

// PlanPage asks for a plan of capacity, follows its making, and shows it.
export function PlanPage({ query }: { query: URLSearchParams }) {
  const [state, setState] = useState<State>(nothing);
  const [busy, setBusy] = useState(false);
  const end = useRef<() => void>(() => undefined); // of the plan that is being made
  useEffect(() => () => end.current(), []);

  const go = async (asked: URLSearchParams) => {
    end.current();
    const stop = new AbortController();
    let job: PlanJob | null = null;
    let made = false;
    let events: EventSource | null = null;
    end.current = () => {
      stop.abort();
      events?.close();
      if (job && !made) api.cancelPlan(job.id).catch(() => undefined); // it ends by itself at last
    };
    const settle = (next: Partial<State>) => {
      made = true;
      events?.close();
      if (stop.signal.aborted) return;
      setBusy(false);
      setState((s) => ({ ...s, job: null, ...next }));
    };
    const fail = (e: unknown) => settle({ failure: e instanceof Failure ? e : new Failure("The page failed", String(e), 0) });

    setBusy(true);
    setState(nothing);
    try {
      job = await api.startPlan(request(asked), stop.signal);
    } catch (e) {
      return fail(e);
    }
    setState((s) => ({ ...s, job }));
    events = new EventSource(job.events);
    events.addEventListener("progress", (e) => setState((s) => ({ ...s, job: JSON.parse((e as MessageEvent).data) as PlanJob })));
    events.addEventListener("done", async (e) => {
      events?.close();
      const last = JSON.parse((e as MessageEvent).data) as PlanJob;
      if (last.state !== "done") return fail(new Failure(last.state === "cancelled" ? "Cancelled" : "No plan", last.error, 0));
      try {
        const report = await api.report(last.id, stop.signal);
        settle({ report, job: last });
      } catch (e) {
        fail(e);
      }
    });
    events.addEventListener("error", () => {
      if (events?.readyState === EventSource.CLOSED) fail(new Failure("No plan", "The progress of the plan is lost; make it again.", 0));
    });
  };

  const cancel = () => {
    end.current();
    setBusy(false);
    setState({ ...nothing, cancelled: true });
  };
  const { job, report, failure, cancelled } = state;

  return (
    <>
      <h1>Plan</h1>
      <p class="about">What the workloads will need, hour by hour, with Highwater and with the autoscalers alone. Nothing is set.</p>
      <PlanForm query={query} busy={busy} go={go} />
      {busy && <Progress job={job} cancel={cancel} />}
      <div role="status">{cancelled && <p data-testid="plan-cancelled">The plan was cancelled.</p>}</div>
      {failure && (
        <div class="blank blank-error" role="alert" data-testid="error">
          <h2>{failure.title}</h2>
          {failure.detail && <p>{failure.detail}</p>}
          <ul>
            {failure.errors.map((e) => (
              <li key={e}>{e}</li>
            ))}
          </ul>
        </div>
      )}
      {report && <PlanShown report={report} id={job?.id ?? ""} />}
    </>
  );
}

function Progress({ job, cancel }: { job: PlanJob | null; cancel: () => void }) {
  const words = job && job.total > 0 ? `${count(job.done)} of ${count(job.total)} workloads` : "Beginning";
  return (
    <div class="panel part progress" data-testid="plan-progress">
      <progress max={job?.total || 1} value={job?.total ? job.done : undefined} aria-label="The plan is being made" />
      <span>
        {words} <span class="quiet">{job?.workload}</span>
      </span>
      <button type="button" onClick={cancel} data-testid="plan-cancel">
        Cancel
      </button>
    </div>
  );
}
