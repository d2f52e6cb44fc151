import { percent } from "./format";
import { ranges, rows } from "./shares";
import type { Signal } from "./types";

// Makeup is the table of what the forecast is made of.
export function Makeup({ s }: { s: Signal }) {
  const list = rows(s.experts ?? []);
  if (list.length === 0) return null;
  return (
    <section class="panel part" aria-labelledby="makeup" data-testid="makeup">
      <h2 id="makeup">What the forecast is made of</h2>
      <table class="makeup">
        <thead>
          <tr>
            <th scope="col">Expert</th>
            {ranges.map((r) => (
              <th scope="col" class="num" key={r.range}>
                {r.words}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {list.map((r) => (
            <tr key={r.name}>
              <th scope="row" colSpan={r.note ? 1 + ranges.length : 1}>
                {r.text}
                {r.note && <small class={r.failed ? "bad" : ""}>{r.note}</small>}
              </th>
              {!r.note &&
                r.shares.map((share, i) => (
                  <td class="num" key={ranges[i]!.range}>
                    {percent(share, 0)}
                    {share != null && <Bar share={share} />}
                  </td>
                ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet applied">Each expert counts by how small its errors were on days that it had not seen.</p>
    </section>
  );
}

function Bar({ share }: { share: number }) {
  return (
    <svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect class="bar-ground" width="100" height="4" />
      <rect class="bar-share" width={100 * share} height="4" />
    </svg>
  );
}
