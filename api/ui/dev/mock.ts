import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin } from "vite";
import { answer } from "./answers.ts";

// The page's own strict policy, so that development sees what production forbids.
const csp = "default-src 'self'; style-src 'self'";

// mock answers the API from made-up workloads: `npm run dev:mock`, or
// `npm run preview:mock` for the built page under its real policy and a
// sub-path. MOCK_WORKLOADS sets how many there are.
export function mock(): Plugin {
  const serve = (request: IncomingMessage, response: ServerResponse, next: () => void) => {
    const url = new URL(request.url ?? "/", "http://mock");
    const path = url.pathname.match(/\/api\/v1\/(.*)$/)?.[1];
    if (path == null) return next();
    const { status, body } = answer(path, url.searchParams);
    response.statusCode = status;
    response.setHeader("Content-Type", status < 400 ? "application/json" : "application/problem+json");
    response.end(JSON.stringify(body));
  };
  return {
    name: "highwater-mock",
    configureServer: (server) => void server.middlewares.use(serve),
    configurePreviewServer: (server) => {
      server.middlewares.use((_, response, next) => {
        response.setHeader("Content-Security-Policy", csp);
        next();
      });
      server.middlewares.use(serve);
    },
  };
}
