import { api } from "./api";
import { count } from "./format";
import { usePoll } from "./poll";
import { fleetLink } from "./route";

// The whole fleet in four numbers, whatever the table below is filtered by.
// They are not known before the first tick is done.
export function Counts({ ready }: { ready: boolean }) {
  const { data } = usePoll(`counts ${ready}`, 4, async (s) => {
    if (!ready) return null;
    const [all, ceiling, limit] = await Promise.all(
      ["limit=1", "limit=1&reason=AtCeiling", "limit=1&reason=AtLimit"].map((q) => api.list(q, s)),
    );
    return { all: all!, ceiling: ceiling!.total, limit: limit!.total };
  });
  const link = (query: string) => fleetLink(new URLSearchParams(query));

  return (
    <dl class="counts" data-testid="counts">
      <div>
        <dt>Workloads</dt>
        <dd>
          <a href={fleetLink()}>{count(data?.all.total)}</a>
        </dd>
      </div>
      <div class="count-raised">
        <dt>Raised floors</dt>
        <dd>
          <a href={link("raised=true")}>{count(data?.all.raised)}</a>
        </dd>
      </div>
      <div class={data && data.ceiling + data.limit > 0 ? "count-short" : ""}>
        <dt>Limited now</dt>
        <dd>
          {count(data && data.ceiling + data.limit)}
          {data && data.ceiling + data.limit > 0 && (
            <small>
              {data.ceiling > 0 && <a href={link("reason=AtCeiling")}>{data.ceiling} at the ceiling</a>}
              {data.limit > 0 && <a href={link("reason=AtLimit")}>{data.limit} at a limit</a>}
            </small>
          )}
        </dd>
      </div>
      <div class={data && data.all.withoutForecast > 0 ? "count-doubt" : ""}>
        <dt>Without forecast</dt>
        <dd>{count(data?.all.withoutForecast)}</dd>
      </div>
    </dl>
  );
}
