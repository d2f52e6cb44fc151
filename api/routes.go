package api

import (
	"io/fs"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/highwater-dev/highwater/scheduler"
)

// Options say what is served beside the scheduler's results.
type Options struct {
	Version    string
	Demo       bool         // runs on a simulated cluster
	DryRun     bool         // Observe is forced everywhere
	ClockSpeed float64      // how fast the scheduler's time passes; 1 if zero
	Synced     func() bool  // informers have synced; true if nil
	Metrics    http.Handler // serves /metrics; not served if nil
	Page       fs.FS        // the web page; not served if nil
}

// Handler returns the handler of every route.
func Handler(s *scheduler.Scheduler, o Options) http.Handler {
	h := &handlers{s: s, o: o, started: s.Now()}
	r := chi.NewRouter()
	r.Use(middleware.Recoverer, middleware.GetHead, middleware.Compress(5, "application/json", "text/html", "text/css", "text/javascript", "image/svg+xml"), secure)

	r.Get("/livez", h.live)
	r.Get("/readyz", h.readyz)
	if o.Metrics != nil {
		r.Method(http.MethodGet, "/metrics", o.Metrics)
	}

	config := huma.DefaultConfig("Highwater", o.Version)
	config.Info.Description = "Recommended floors (minReplicas) of workloads, why, and what is coming."
	config.DocsPath, config.SchemasPath, config.CreateHooks = "", "", nil
	config.RejectUnknownQueryParameters = true
	api := humachi.New(r, config)
	get := func(path, id, summary string, errors ...int) huma.Operation {
		return huma.Operation{Method: http.MethodGet, Path: path, OperationID: id, Summary: summary, Errors: errors}
	}
	huma.Register(api, get("/api/v1/status", "status", "How this process is doing"), h.status)
	huma.Register(api, get("/api/v1/workloads", "list-workloads", "Every workload with its recommendation and the changes of its plan", 422), h.list)
	huma.Register(api, get("/api/v1/workloads/{namespace}/{name}", "show-workload", "The recommendation for one workload, and all that led to it", 404), h.show)
	huma.Register(api, get("/api/v1/workloads/{namespace}/{name}/forecast", "show-forecast", "History and forecast of one load of a workload", 404, 422), h.forecast)
	huma.Register(api, get("/api/v1/workloads/{namespace}/{name}/plan", "show-plan", "The floors over the coming hours, and those of the past", 404), h.plan)

	r.NotFound(notFound)
	r.MethodNotAllowed(methodNotAllowed)
	if o.Page != nil {
		r.Get("/*", page(o.Page))
	}
	return r
}

// Server returns a server on addr with every timeout set.
func Server(addr string, h http.Handler) *http.Server {
	return &http.Server{
		Addr: addr, Handler: h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
}
