package api

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/scheduler"
	"github.com/highwater-dev/highwater/scheduler/proofs"
)

// thousands is a scheduler with as many results, all like one of a real tick.
type thousands struct {
	*scheduler.Scheduler
	results map[workload.Key]*scheduler.Result
	ticking bool // a result changes between two reads
	known   scheduler.Snapshot
}

func (s *thousands) Snapshot() scheduler.Snapshot {
	if s.ticking || s.known.Results == nil {
		s.known = scheduler.Snapshot{Results: slices.AppendSeq(make([]*scheduler.Result, 0, len(s.results)), maps.Values(s.results)), Version: s.known.Version + 1}
	}
	return s.known
}

func (s *thousands) Result(k workload.Key) (*scheduler.Result, bool) {
	r, ok := s.results[k]
	return r, ok
}

func tenThousand(b *testing.B) *thousands {
	b.Helper()
	s := made(b, shop())
	s.Tick(b.Context())
	web, ok := s.Result(workload.Key{Namespace: "shop", Name: "web"})
	if !ok {
		b.Fatal("no result")
	}
	p, err := proven()
	if err != nil {
		b.Fatal(err)
	}
	out := &thousands{Scheduler: s, results: map[workload.Key]*scheduler.Result{web.Workload.Key: web}}
	for i := range 10_000 - 1 {
		r := *web
		r.Workload.Key = workload.Key{Namespace: fmt.Sprintf("team-%02d", i%40), Name: fmt.Sprintf("service-%04d", i*7919%10_000)}
		r.Decision.Floor, r.Proof = int32(i%37), proofs.State{Proof: p}
		out.results[r.Workload.Key] = &r
	}
	return out
}

// BenchmarkTenThousand reads from a fleet of 10,000 workloads: what it costs to make
// and encode an answer, without the network.
func BenchmarkTenThousand(b *testing.B) {
	s := tenThousand(b)
	for _, of := range []struct {
		name, path       string
		ticking, hasThat bool
	}{
		{"list", "/api/v1/workloads?limit=50", false, false},
		{"list while ticking", "/api/v1/workloads?limit=50", true, false},
		{"list the client has", "/api/v1/workloads?limit=50", false, true},
		{"list by text", "/api/v1/workloads?limit=50&q=service-1", false, false},
		{"list by floor", "/api/v1/workloads?limit=50&sort=floor&order=desc", false, false},
		{"list by proof", "/api/v1/workloads?limit=50&sort=proof&order=desc", false, false},
		{"list at the end", "/api/v1/workloads?limit=50&offset=9950", false, false},
		{"list of fields", "/api/v1/workloads?limit=50&fields=namespace,name,floor", false, false},
		{"workload", "/api/v1/workloads/shop/web", false, false},
		{"workload the client has", "/api/v1/workloads/shop/web", false, true},
		{"plan", "/api/v1/workloads/shop/web/plan", false, false},
		{"plan in steps", "/api/v1/workloads/shop/web/plan?step=10m", false, false},
		{"plan the client has", "/api/v1/workloads/shop/web/plan?step=10m", false, true},
		{"forecast", "/api/v1/workloads/shop/web/forecast", false, false},
		{"forecast in steps", "/api/v1/workloads/shop/web/forecast?step=10m", false, false},
	} {
		b.Run(of.name, func(b *testing.B) {
			s.ticking = of.ticking
			h := Handler(s, Options{})
			req := httptest.NewRequest(http.MethodGet, of.path, nil)
			want := http.StatusOK
			if of.hasThat {
				first := httptest.NewRecorder()
				h.ServeHTTP(first, req)
				req.Header.Set("If-None-Match", first.Header().Get("ETag"))
				want = http.StatusNotModified
			}
			size := 0
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, req)
				if size = w.Body.Len(); w.Code != want {
					b.Fatalf("%d: %s", w.Code, w.Body)
				}
			}
			b.ReportMetric(float64(size), "body-B")
		})
	}
}
