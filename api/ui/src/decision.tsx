import { percent, pods, quantity } from "./format";
import type { Detail } from "./types";

// Decision is the table of how the floor came about.
export function Decision({ w }: { w: Detail }) {
  const steps = w.steps ?? [];
  return (
    <section class="panel part" aria-labelledby="decision">
      <h2 id="decision">How the floor came about</h2>
      {w.load != null && w.signal && (
        <p class="sum">
          {quantity(w.load, w.capacity?.unit ?? "")} of <b>{w.signal}</b> predicted at the {percent(w.quantile, 2)} quantile
          {w.capacity?.perPod != null && <>, at {quantity(w.capacity.perPod, w.capacity.unit)} a pod</>}, need <b>{pods(w.needed)}</b>.
        </p>
      )}
      {steps.length === 0 ? (
        <p class="quiet">No decision was made.</p>
      ) : (
        <div class="scroll">
          <table class="steps" data-testid="steps">
            <thead>
              <tr>
                <th scope="col">Step</th>
                <th scope="col" class="num">
                  Pods
                </th>
                <th scope="col">Why</th>
              </tr>
            </thead>
            <tbody>
              {steps.map((s) => (
                <tr key={s.name} class={s.in === s.out ? "same" : ""}>
                  <th scope="row">
                    {s.name}
                    {s.name === w.bound && (
                      <span class="bound" title="The last step that changed the number">
                        bound
                      </span>
                    )}
                  </th>
                  <td class="num">
                    {s.in === s.out ? (
                      s.out
                    ) : (
                      <>
                        <span class="from">{s.in} →</span> {s.out}
                      </>
                    )}
                  </td>
                  <td>{s.note}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {w.applied?.message && (
        <p class="applied">
          <span class="tag">{w.applied.outcome}</span> {w.applied.message}
        </p>
      )}
    </section>
  );
}
