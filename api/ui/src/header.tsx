import { seconds, span } from "./format";
import { fleetLink, planLink, type Route } from "./route";
import { Time } from "./time";
import type { Status } from "./types";

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <rect class="mark-ground" width="32" height="32" rx="7" />
      <path class="mark-line" d="M6 12h20" />
      <path class="mark-water" d="M6 20c3.3-3.4 6.7-3.4 10 0s6.7 3.4 10 0v6H6z" />
    </svg>
  );
}

// Header says what one is looking at: which Highwater, in what mode, and of
// what time the data is.
export function Header({ status, view }: { status: Status | null; view: Route["view"] }) {
  const late = overdue(status);
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href={fleetLink()} aria-label="Highwater: all workloads">
          <Mark />
          <span>Highwater</span>
        </a>
        <nav class="views" aria-label="Views">
          <a href={fleetLink()} aria-current={view === "fleet" ? "page" : undefined}>
            Workloads
          </a>
          <a href={planLink()} aria-current={view === "plan" ? "page" : undefined}>
            Plan
          </a>
        </nav>
        {status && (
          <div class="clock">
            {status.mode === "demo" ? (
              <span class="tag tag-demo" title="A simulated cluster; nothing here is real.">
                demo{status.clockSpeed !== 1 && ` ×${status.clockSpeed}`}
              </span>
            ) : (
              <span class="tag">live</span>
            )}
            {!status.leading && (
              <span class="tag tag-standby" title="It forecasts and shows the same as the leader, and takes over from it." data-testid="standby">
                standby: another replica sets the floors
              </span>
            )}
            <span class="now" data-testid="now">
              <Time t={status.now} precise />
            </span>
            {status.lastTick && (
              <span class="tick" title="The last turn of fetching, forecasting and deciding.">
                tick of {status.lastTick.workloads.toLocaleString("en-GB")} in {took(status.lastTick.durationSeconds)}
                {status.lastTick.failed > 0 && <b class="bad">, {status.lastTick.failed} failed</b>}
                {status.lastTick.cut > 0 && <b class="bad">, {status.lastTick.cut} left out</b>}
              </span>
            )}
          </div>
        )}
      </header>
      {status?.dryRun && (
        <p class="banner banner-dry" role="status" data-testid="dry-run">
          <b>Dry run.</b> Floors are recommended for every workload; none is set.
        </p>
      )}
      {late != null && (
        <p class="banner banner-warn" role="status" data-testid="late">
          <b>The last tick was {span(late)} ago.</b> Floors are not being decided; what is shown is from then.
        </p>
      )}
      {status?.warnings?.map((w) => (
        <p class="banner banner-warn" key={w}>
          {w}
        </p>
      ))}
    </>
  );
}

const patience = 300; // seconds; ticks come every minute

// overdue is how old the last tick is, where that is too old. A simulated
// clock outruns its ticks, so only real time counts.
function overdue(status: Status | null): number | null {
  const at = seconds(status?.lastTick?.at);
  const now = seconds(status?.now);
  if (status?.clockSpeed !== 1 || at == null || now == null) return null;
  return now - at > patience ? now - at : null;
}

// The address after "#" is the route, so the skip link moves the focus itself.
function skip(e: Event) {
  e.preventDefault();
  const main = document.getElementById("main");
  main?.setAttribute("tabindex", "-1");
  main?.focus();
}

const took = (s: number) => (s < 1 ? `${Math.round(s * 1000)} ms` : span(s));
