import { Frontier, Marker } from "./frontier";
import { count, number, percent, span } from "./format";
import { money, moneyChange, priceText } from "./money";
import { Time } from "./time";
import type { Detail, PolicyName, PolicyOutcome } from "./types";
import { more, VerdictPill } from "./verdict";

export const policyNames: Record<PolicyName, [name: string, what: string]> = {
  hpa: ["HPA alone", "no floor is raised"],
  highwater: ["Highwater", "floors as they would have been chosen each day from the days before"],
  naive: ["Yesterday's load", "as the forecast, chosen likewise"],
  constant: ["Best constant", "the one minReplicas that serves best, known afterwards"],
  oracle: ["Foresight", "floors of one who knows the load"],
};

// Proof tells what a replay of the workload's own past says of floors.
export function ProofOf({ w, now }: { w: Detail; now: number }) {
  const p = w.proof;
  const list = p.policies ?? [];
  return (
    <section class="panel part proof" aria-labelledby="proof" data-testid="proof">
      <h2 id="proof">Proof</h2>
      <p class="sum">
        <VerdictPill proof={p} /> {sentence(p.message)} {cost(w)} {effect(w)}
      </p>
      {list.length > 0 && (
        <div class="proof-sides">
          <div class="scroll">
            <Outcomes list={list} currency={w.price?.currency} />
          </div>
          <Frontier list={list} />
        </div>
      )}
      {list.length > 0 && (
        <p class="quiet applied">
          A replay of <Time t={p.from} /> to <Time t={p.to} /> through the autoscaler's own algorithm, made <Time t={p.madeAt} now={now} />
          {p.tookSeconds != null && <> in {p.tookSeconds < 1 ? `${Math.round(p.tookSeconds * 1000)} ms` : span(p.tookSeconds)}</>}. Short: fewer ready pods than the load needed.
          {p.detail && ` All days replayed: ${p.detail}.`}
          {w.price && ` A pod costs ${priceText(w.price)}.`}
        </p>
      )}
    </section>
  );
}

// sentence is a phrase of the API as a sentence of its own.
export const sentence = (text: string) => (text ? `${text[0]!.toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}` : "");

// effect says what the proof asks for, where it is not seen elsewhere.
const effect = (w: Detail) => (w.proof.holds && w.mode === "Observe" ? "In Enforce mode floors would be set." : "");

// cost says what floors change of the costs, where a pod-hour has a price.
const cost = (w: Detail) => (w.price && w.proof.costChange != null ? `That is ${moneyChange(w.proof.costChange, w.price.currency)} a week.` : "");

function Outcomes({ list, currency }: { list: PolicyOutcome[]; currency: string | undefined }) {
  return (
    <table class="outcomes" data-testid="outcomes">
      <thead>
        <tr>
          <th scope="col">Floors by</th>
          <th scope="col" class="num">
            Short
          </th>
          <th scope="col" class="num">
            Pod-hours
          </th>
          <th scope="col" class="num wide-only">
            In use
          </th>
          <th scope="col" class="num">
            Changes
          </th>
        </tr>
      </thead>
      <tbody>
        {list.map((r) => (
          <tr key={r.policy} class={r.policy === "highwater" ? "own" : ""}>
            <th scope="row" title={policyNames[r.policy][1]}>
              <Marker policy={r.policy} /> {policyNames[r.policy][0]}
            </th>
            <td class="num">
              {short(r.shortMinutes)}
              <small>{r.longestShortSeconds > 0 ? `${span(r.longestShortSeconds)} at most` : "never"}</small>
            </td>
            <td class="num">
              {r.policy === "hpa" ? number(r.podHours) : more(r.podHoursChange)}
              <small>{r.policy === "hpa" ? "" : number(r.podHours)}</small>
              {r.cost != null && <small data-testid="cost">{money(r.cost, currency)}</small>}
            </td>
            <td class="num wide-only">{percent(r.meanUtilization, 0)}</td>
            <td class="num">
              {count(r.changes)}
              <small>{r.floorChanges > 0 ? `${count(r.floorChanges)} of floors` : ""}</small>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const short = (minutes: number) => (minutes < 0.05 ? "0 min" : `${number(Number(minutes.toFixed(1)))} min`);
