import { expect, test } from "vitest";
import { changed, fleetLink, parse, planLink, workloadLink } from "./route";

test("an address leads where it was made for", () => {
  const r = parse(workloadLink("shop", "a/b c?", new URLSearchParams({ signal: "1" })));
  expect(r).toMatchObject({ view: "workload", namespace: "shop", name: "a/b c?" });
  expect(r.view === "workload" && r.query.get("signal")).toBe("1");
  expect(parse(fleetLink(new URLSearchParams({ q: "web & api" }))).view).toBe("fleet");
  expect(parse("").view).toBe("fleet");
});

test("an address that leads nowhere says so", () => {
  for (const h of ["#/w/shop", "#/w/a/b/c", "#/other", "#/w/%E0%A4%A/x/y"]) expect(parse(h).view, h).toBe("nowhere");
});

test("a filter that is emptied leaves the address", () => {
  const q = changed(new URLSearchParams({ q: "web", page: "3" }), { q: "api", page: "" });
  expect(q.toString()).toBe("q=api");
});

test("a plan's what-ifs are in its address", () => {
  const r = parse(planLink(new URLSearchParams({ horizon: "7d", factor: "1.5" })));
  expect(r.view).toBe("plan");
  expect(parse("#/plan/x").view).toBe("nowhere");
});
