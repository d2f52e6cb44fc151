package api

import (
	"context"
	"crypto/rand"
	"io/fs"
	"net"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/highwater-dev/highwater/recommender/planning"
)

// Options say what is served beside the scheduler's results.
type Options struct {
	Version    string
	Demo       bool            // runs on a simulated cluster
	DryRun     bool            // Observe is forced everywhere
	ClockSpeed float64         // how fast the scheduler's time passes; 1 if zero
	Warnings   func() []string // more of them for the status; none if nil
	Synced     func() error    // why the informers have not synced, nil if they have; so if nil
	Metrics    http.Handler    // serves /metrics; not served if nil
	Page       fs.FS           // the web page; not served if nil
}

// Handler returns the handler of every route.
func Handler(s Scheduler, o Options) http.Handler {
	h := &handlers{s: s, o: o, started: s.Now(), process: rand.Text(), counsel: newCounsel()}
	r := chi.NewRouter()
	r.Use(middleware.Recoverer, middleware.GetHead, middleware.Compress(5, "application/json", "text/csv", "text/html", "text/css", "text/javascript", "image/svg+xml"), secure)

	r.Get("/livez", h.live)
	r.Get("/readyz", h.readyz)
	if o.Metrics != nil {
		r.Method(http.MethodGet, "/metrics", o.Metrics)
	}

	config := huma.DefaultConfig("Highwater", o.Version)
	config.Info.Description = "Recommended floors (minReplicas) of workloads, why, and what is coming."
	config.DocsPath, config.SchemasPath, config.CreateHooks = "", "", nil
	config.RejectUnknownQueryParameters = true
	config.Transformers = []huma.Transformer{withoutType}
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", nameOf)
	api := humachi.New(r, config)
	get := func(path, id, summary string, errors ...int) huma.Operation {
		return huma.Operation{Method: http.MethodGet, Path: path, OperationID: id, Summary: summary, Errors: errors}
	}
	unchanged := &huma.Response{Description: "The client has it already: nothing of it was decided anew since"}
	withTag := func(o huma.Operation, description string) huma.Operation {
		o.Description, o.Responses = description, map[string]*huma.Response{"304": unchanged}
		return o
	}
	huma.Register(api, get("/api/v1/status", "status", "How this process is doing"), h.status)
	schema := api.OpenAPI().Components.Schemas
	listed := get("/api/v1/workloads", "list-workloads", "Every workload with its recommendation and the changes of its plan", 422)
	listed.Responses = map[string]*huma.Response{
		"200": answer("A page of them; with fields, each has only these", "application/json", schema.Schema(reflect.TypeFor[List](), true, "")),
		"304": unchanged,
	}
	huma.Register(api, listed, h.list)
	huma.Register(api, withTag(get("/api/v1/workloads/{namespace}/{name}", "show-workload", "The recommendation for one workload, and all that led to it", 404), ""), h.show)
	huma.Register(api, get("/api/v1/workloads/{namespace}/{name}/story", "tell-story", "The story of one workload in sentences, as `highwater explain` prints it", 404), h.story)
	huma.Register(api, withTag(get("/api/v1/workloads/{namespace}/{name}/forecast", "show-forecast", "History and forecast of one load of a workload", 404, 422),
		"With `step`, a value of the history is the mean of the known samples of its step, and null if none is known; of each quantile of the forecast it is the largest."), h.forecast)
	huma.Register(api, withTag(get("/api/v1/workloads/{namespace}/{name}/plan", "show-plan", "The floors over the coming hours, and those of the past", 404, 422),
		"With `step`, a point of the plan has the highest floor of its step, with the reason of that floor, and the largest `needed`, `load` and `median`, each by itself. "+
			"Of the past it is the highest floor and the most replicas that held in the step; of pods that were wanted the most, and of those that were ready the fewest."), h.plan)
	huma.Register(api, get("/api/v1/workloads/{namespace}/{name}/metric", "show-metric", "The floor of one workload as a number of pods, for KEDA's trigger metrics-api", 404, 503), h.metric)
	huma.Register(api, get("/api/v1/workloads/{namespace}/{name}/capacity", "show-capacity", "The points and curves that the capacities of one load were found from", 404, 422), h.capacity)

	advised := get("/api/v1/workloads/{namespace}/{name}/advice", "show-advice", "What to change in the autoscaler itself, found by replays of its past; made when asked for, and kept for 10 minutes", 404, 422, 503)
	advised.Middlewares = huma.Middlewares{lasting(advicePatience)}
	huma.Register(api, advised, h.advice)

	// Plans are made in memory; nothing is written to the cluster.
	job, report := schema.Schema(reflect.TypeFor[PlanJob](), true, ""), schema.Schema(reflect.TypeFor[planning.Report](), true, "")
	events, text := &huma.Schema{Type: huma.TypeString, Description: "Server-sent events"}, &huma.Schema{Type: huma.TypeString}
	huma.Register(api, huma.Operation{
		Method: http.MethodPost, Path: "/api/v1/plan", OperationID: "start-plan", MaxBodyBytes: maxPlanRequest, DefaultStatus: http.StatusAccepted,
		Summary: "Make a plan of capacity; with Accept: text/event-stream, its progress and then the report are the answer, and a client that goes cancels it",
		Errors:  []int{413, 415, 422, 429, 503},
		Responses: map[string]*huma.Response{
			"200": answer("The progress as `progress` events, and one `report` or `failed`", "text/event-stream", events),
			"202": answer("It is being made; Location says where it will be", "application/json", job),
		},
	}, h.startPlan)
	planned := get("/api/v1/plan/{id}", "show-plan-report", "The report of a plan; kept for 15 minutes", 404, 410, 422)
	planned.Middlewares = huma.Middlewares{lasting(time.Minute)} // one of a large fleet takes long to read
	planned.Responses = map[string]*huma.Response{
		"200": {Description: "The report", Content: map[string]*huma.MediaType{
			"application/json": {Schema: report}, "text/csv": {Schema: text}, "text/html": {Schema: text}}},
		"202": answer("It is still being made", "application/json", job),
	}
	huma.Register(api, planned, h.showPlan)
	followed := get("/api/v1/plan/{id}/events", "follow-plan", "The progress of a plan, as it is made", 404)
	followed.Responses = map[string]*huma.Response{"200": answer("`progress` events, and one `done`", "text/event-stream", events)}
	huma.Register(api, followed, h.planEvents)
	huma.Register(api, huma.Operation{
		Method: http.MethodDelete, Path: "/api/v1/plan/{id}", OperationID: "cancel-plan", Summary: "Cancel a plan, or forget its report", Errors: []int{404},
	}, h.cancelPlan)

	r.NotFound(notFound)
	r.MethodNotAllowed(methodNotAllowed)
	if o.Page != nil {
		r.Get("/*", page(o.Page))
	}
	return r
}

// nameOf names a type in OpenAPI. Those of planning have namesakes here.
func nameOf(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.PkgPath() == reflect.TypeFor[planning.Report]().PkgPath() {
		name = "Planning" + name
	}
	return name
}

// answer is one answer of an operation, for OpenAPI.
func answer(what, kind string, s *huma.Schema) *huma.Response {
	return &huma.Response{Description: what, Content: map[string]*huma.MediaType{kind: {Schema: s}}}
}

// Server returns a server on addr with every timeout set. Streams end when it
// shuts down.
func Server(addr string, h http.Handler) *http.Server {
	ends := make(chan struct{})
	srv := &http.Server{
		Addr: addr, Handler: h,
		BaseContext:       func(net.Listener) context.Context { return context.WithValue(context.Background(), closingKey{}, ends) },
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	srv.RegisterOnShutdown(sync.OnceFunc(func() { close(ends) }))
	return srv
}
