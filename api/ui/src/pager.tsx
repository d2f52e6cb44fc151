import { count } from "./format";
import { changed, fleetLink } from "./route";

export const pageSize = 50;

// pageOf reads the page of a query, from 1.
export const pageOf = (query: URLSearchParams) => Math.max(1, Math.floor(Number(query.get("page") ?? 1)) || 1);

export function Pager({ query, total }: { query: URLSearchParams; total: number }) {
  const page = pageOf(query);
  const pages = Math.max(1, Math.ceil(total / pageSize));
  const first = Math.min((page - 1) * pageSize + 1, total);
  const to = (n: number) => fleetLink(changed(query, { page: n > 1 ? String(n) : "" }));

  return (
    <nav class="pager" aria-label="Pages">
      <span data-testid="pager">
        {total === 0 ? "none" : `${count(first)}–${count(Math.min(page * pageSize, total))} of ${count(total)}`}
      </span>
      {pages > 1 && (
        <span class="pages">
          <Turn words="First" href={to(1)} on={page > 1} />
          <Turn words="Previous" href={to(page - 1)} on={page > 1} />
          <Turn words="Next" href={to(page + 1)} on={page < pages} />
          <Turn words="Last" href={to(pages)} on={page < pages} />
        </span>
      )}
    </nav>
  );
}

const Turn = ({ words, href, on }: { words: string; href: string; on: boolean }) =>
  on ? <a class="button" href={href}>{words}</a> : <span class="button button-off" aria-disabled="true">{words}</span>;
