package api

import (
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/recommender/planning"
	"github.com/highwater-dev/highwater/recommender/price"
	"github.com/highwater-dev/highwater/scheduler"
	"github.com/highwater-dev/highwater/scheduler/proofs"
)

var opencost = price.Price{PodHour: 0.04, Currency: "USD", Source: "OpenCost's mean of 3 nodes over 24 h"}

func TestMoneyIsToldWhereThereIsAPrice(t *testing.T) {
	f := planned()
	f[1].Price = opencost // web
	srv := start(t, f, true)
	var web, api Detail
	get(t, srv, "/api/v1/workloads/shop/web", &web)
	get(t, srv, "/api/v1/workloads/shop/api", &api)
	if web.Price == nil || *web.Price != opencost || api.Price != nil {
		t.Errorf("%+v, %+v", web.Price, api.Price)
	}
	resp, err := http.Get(srv.URL + "/api/v1/workloads/shop/api")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	plain := decode[map[string]any](t, resp.Body)
	if _, there := plain["price"]; there {
		t.Error("without a price there is nothing of it")
	}
	done := decode[PlanJob](t, post(t, srv, `{}`).Body)
	var r planning.Report
	for deadline := time.Now().Add(20 * time.Second); r.Workloads == nil && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if get(t, srv, "/api/v1/plan/"+done.ID, nil).StatusCode == http.StatusOK {
			get(t, srv, "/api/v1/plan/"+done.ID, &r)
		}
	}
	if !r.Priced || r.Currency != "USD" || r.Workloads[1].Price == nil || !(r.Total.Cost > 0) {
		t.Errorf("%t %q %+v", r.Priced, r.Currency, r.Total)
	}
}

func TestAProofIsInMoney(t *testing.T) {
	p := mustProve(t)
	told := proofOf(proofs.State{Proof: p, At: now}, opencost)
	own := slices.IndexFunc(told.Policies, func(o PolicyOutcome) bool { return o.Policy == "highwater" })
	alone := slices.IndexFunc(told.Policies, func(o PolicyOutcome) bool { return o.Policy == "hpa" })
	a, h := told.Policies[alone], told.Policies[own]
	if a.Cost == nil || math.Abs(*a.Cost-0.04*a.PodHours) > 1e-9 {
		t.Errorf("%+v", a)
	}
	want := 0.04 * (h.PodHours/h.Minutes - a.PodHours/a.Minutes) * 7 * 24 * 60
	if told.CostChange == nil || math.Abs(*told.CostChange-want) > 1e-9 {
		t.Errorf("a week costs %v more, want %v", told.CostChange, want)
	}
	if without := proofOf(proofs.State{Proof: p, At: now}, price.Price{}); without.CostChange != nil || without.Policies[0].Cost != nil {
		t.Errorf("%+v", without)
	}
}

func TestAdviceIsInMoney(t *testing.T) {
	v := idle()
	v.Workload.Price = opencost
	a, err := advise(t.Context(), v, scheduler.Pods{})
	if err != nil || a.Price == nil || a.Items[0].Cost == nil || math.Abs(*a.Items[0].Cost-0.04**a.Items[0].PodHours) > 1e-9 {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestTheStatusHasTheServersWarnings(t *testing.T) {
	s := made(t, shop())
	srv := httptest.NewServer(Handler(s, Options{Version: "test", Warnings: func() []string { return []string{"BadPrice: no cost"} }}))
	defer srv.Close()
	var st Status
	get(t, srv, "/api/v1/status", &st)
	if !strings.Contains(strings.Join(st.Warnings, "\n"), "BadPrice: no cost") {
		t.Errorf("%q", st.Warnings)
	}
}
