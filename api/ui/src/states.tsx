import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Failure } from "./api";
import { clockSeconds, span } from "./format";
import type { Polled } from "./poll";

// What is shown in place of, or above, data.

export function Loading({ what }: { what: string }) {
  return (
    <div class="blank" role="status" data-testid="loading">
      <p class="quiet">Loading {what} …</p>
    </div>
  );
}

export function Blank({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="blank" data-testid="blank">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Failed({ failure }: { failure: Failure }) {
  return (
    <div class="blank blank-error" role="alert" data-testid="error">
      <h2>{failure.title}</h2>
      {failure.detail && <p>{failure.detail}</p>}
      {failure.errors.length > 0 && (
        <ul>
          {failure.errors.map((e) => (
            <li key={e}>{e}</li>
          ))}
        </ul>
      )}
      <p class="quiet">{failure.status ? `HTTP ${failure.status}. ` : ""}Asking again every few seconds.</p>
    </div>
  );
}

// Refused says that an answer was an error while older data is still shown.
// Where there was no answer at all, Stale says so for the whole page.
export function Refused({ failure }: { failure: Failure | null }) {
  if (!failure || failure.status === 0) return null;
  return (
    <p class="banner banner-bad" role="alert" data-testid="error">
      <b>{failure.title}</b>
      {failure.detail && `: ${failure.detail}`} What is shown is older.
    </p>
  );
}

const slow = 8; // seconds without an answer before the page says so

// Stale says that what is shown is old, while a poll fails or hangs.
export function Stale({ polled }: { polled: Polled<unknown> }) {
  const [, again] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => again((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);

  const age = (Date.now() - polled.since) / 1000;
  const waiting = age < slow && !(polled.failure && polled.data != null);
  if (document.hidden || waiting) return null;
  return (
    <p class="banner banner-bad" role="alert" data-testid="stale">
      <b>No fresh data since {clockSeconds(polled.since / 1000)}</b> ({span(age)} ago)
      {polled.failure && `: ${polled.failure.detail || polled.failure.title}`}
      {polled.data != null && " What is shown is from then."}
    </p>
  );
}
