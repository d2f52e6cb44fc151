import { useEffect, useState } from "preact/hooks";
import { Failure } from "./api";

// What a poll knows: the newest answer, when it came, and the failure since, if any.
export interface Polled<T> {
  data: T | null;
  since: number; // milliseconds; when data came, or when the asking began
  failure: Failure | null;
}

// usePoll asks again every few seconds while the tab is visible, and at once
// when `key` changes or the tab is shown again. The last answer to the same
// key stays through failures, so that a page that was readable stays readable;
// the answer to another key stays until the first to this one is there.
export function usePoll<T>(key: string, seconds: number, ask: (s: AbortSignal, last: T | null) => Promise<T>): Polled<T> {
  const [state, setState] = useState<Polled<T>>({ data: null, since: Date.now(), failure: null });

  useEffect(() => {
    const stop = new AbortController();
    let timer: number | undefined;
    let last: T | null = null;
    let since = Date.now();
    let asking = false;

    const turn = async () => {
      if (asking) return;
      asking = true;
      let failure: Failure | null = null;
      try {
        last = await ask(stop.signal, last);
        since = Date.now();
      } catch (e) {
        failure = e instanceof Failure ? e : new Failure("The page failed", String(e), 0);
      }
      asking = false;
      if (stop.signal.aborted) return;
      setState({ data: last, since, failure });
      clearTimeout(timer);
      if (!document.hidden) timer = window.setTimeout(turn, seconds * 1000);
    };
    const shown = () => {
      clearTimeout(timer);
      if (!document.hidden) void turn();
    };

    void turn();
    document.addEventListener("visibilitychange", shown);
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", shown);
    };
  }, [key]);

  return state;
}
