package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// floors reads minReplicas of the HPAs in a namespace that carry a lease.
func (f *fleet) floors(t *testing.T, namespace string) map[string]int {
	t.Helper()
	out := f.Kubectl(t, "get", "hpa", "-n", namespace, "-o",
		`jsonpath={range .items[*]}{.metadata.name} {.spec.minReplicas} {.metadata.annotations.highwater\.dev/lease}{"\n"}{end}`)
	all := map[string]int{}
	for line := range strings.Lines(out) {
		if fields := strings.Fields(line); len(fields) > 2 {
			var floor int
			fmt.Sscan(fields[1], &floor)
			all[fields[0]] = floor
		}
	}
	return all
}

// patched counts the patches of HPAs by Highwater: all, and those that were refused since the object was not as they
// took it to be (a conflict, or the failed test of a JSON patch).
func (f *fleet) patched(t *testing.T) (all, refused int) {
	t.Helper()
	for _, e := range f.Audit(t, plane.ServiceAccountUser("highwater", serveAccount)) {
		if e.Namespace == "highwater" || e.Rule() != "patch autoscaling/horizontalpodautoscalers" { // the canary of guarded
			continue
		}
		all++
		if e.Code == http.StatusConflict || e.Code == http.StatusUnprocessableEntity {
			refused++
		}
	}
	return all, refused
}

// TestSlowPrometheusStarvesNobody gives 150 workloads a Prometheus that takes 1.2 s for each answer, which fills nearly
// half of a tick, while the HPA controller writes the status of every HPA each 15 s. Every floor has to be raised within
// two ticks of the daemon being ready.
func TestSlowPrometheusStarvesNobody(t *testing.T) {
	chaos(t)
	const (
		workloads = 150
		delay     = 1200 * time.Millisecond
		twoTicks  = 2 * time.Minute
		atMost    = 8 * time.Minute // then what is not raised never is
	)
	var demands []demand
	var policies []string
	for i := range workloads {
		app := fmt.Sprintf("app-%03d", i)
		demands = append(demands, demand{namespace: "shop", app: app, min: 1, max: 10, load: ripple(250)})
		policies = append(policies, floorPolicy(app, "Enforce", "  proof: Skip\n  quantile: 95%"))
	}
	f, proxy := newChaosFleet(t, plane.Options{HPA: plane.DefaultHPA, Audit: true}, 24*time.Hour, demands)
	for some := range slices.Chunk(policies, 30) {
		f.Apply(t, strings.Join(some, ""))
	}
	proxy.Before(func(_ http.ResponseWriter, r *http.Request) bool {
		select {
		case <-time.After(delay):
			return true
		case <-r.Context().Done():
			return false // who asked is gone
		}
	})
	d := f.launch(t, proxy.URL(), "--history", "1d")
	t.Logf("ready after %s", d.readyWithin(t, 3*time.Minute).Round(time.Second))
	ready := time.Now()

	var whole time.Duration // until all were raised; zero if they never were
	raised, early := 0, 0   // now, and after two ticks
	for since := time.Duration(0); since < atMost && (whole == 0 || since < twoTicks+30*time.Second); since = time.Since(ready) {
		now := len(f.floors(t, "shop"))
		if now != raised {
			t.Logf("%4s after ready: %d of %d raised", since.Round(time.Second), now, workloads)
		}
		if raised = now; since <= twoTicks {
			early = max(early, raised)
		}
		if raised == workloads && whole == 0 {
			whole = time.Since(ready)
		}
		time.Sleep(3 * time.Second)
	}
	floors := f.floors(t, "shop")
	var never []string
	for _, d := range demands {
		if floors[d.app] <= d.min {
			never = append(never, d.app)
		}
	}
	all, refused := f.patched(t)
	t.Logf("the API says: %s; %d requests to Prometheus", d.summary(t), len(proxy.Seen()))
	bar(t, early == workloads, "%d of %d floors were raised within %s of ready; all have to be (took %s, 0s is never)", early, workloads, twoTicks, whole.Round(time.Second))
	bar(t, len(never) == 0, "%d floors were never raised in %s; none may be: %s", len(never), time.Since(ready).Round(time.Second), ends(never))
	bar(t, refused <= workloads/10, "%d of %d patches were conflicts; at most %d may be", refused, all, workloads/10)
}

// ends shortens a list to its ends.
func ends(list []string) string {
	if len(list) > 4 {
		list = []string{list[0], list[1], "…", list[len(list)-1]}
	}
	return strings.Join(list, " ")
}

// summary is what the API says of the last tick.
func (d *daemon) summary(t *testing.T) string {
	t.Helper()
	var s struct {
		LastTick json.RawMessage
		Warnings []string
	}
	_, body, err := d.get("/api/v1/status")
	if err == nil {
		err = json.Unmarshal([]byte(body), &s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("last tick %s, warnings %q", s.LastTick, s.Warnings)
}

// TestHangingPrometheusLosesNoFloor lets Prometheus hang under a raised floor while the CronJob of the chart gives back
// what has expired. The living leader renews the lease, since doubt holds the floor and renewing takes no reads.
//
// It is an hour in seven minutes: a lease lasts 2 min, the shortest that is allowed, for 30 min, and the CronJob runs
// each 10 s. Tick, timeouts and the HPA controller's sync are not compressed, since their ratio is what makes it hard.
func TestHangingPrometheusLosesNoFloor(t *testing.T) {
	chaos(t)
	const ttl, hanging = 2 * time.Minute, 7 * time.Minute
	f, proxy := newChaosFleet(t, plane.Options{HPA: plane.DefaultHPA, Audit: true}, 24*time.Hour,
		[]demand{{namespace: "shop", app: "web", min: 2, max: 20, load: ripple(1150)}})
	f.Apply(t, floorPolicy("web", "Enforce", "  proof: Skip\n  quantile: 95%\n  limits: {stepUp: 1000%, max: 12}"))
	account := f.ServiceAccountKubeconfig(t, "highwater", restoreAccount)
	d := f.launch(t, proxy.URL(), "--history", "1d", "--lease-ttl", "2m", "--grace", "1h")
	d.readyWithin(t, 3*time.Minute)
	f.raised(t, "web", 12)

	proxy.Before(hang(""))
	began := time.Now()
	lowest, gone := 12, time.Duration(0)   // the floor, and how long it was below 12
	shortest, renewals := ttl, -1          // what was left of the lease, how often it was renewed
	led := true                            // all the time
	var last time.Time                     // when the lease ends
	restored, next, at := "", began, began // rows of restore, when it runs, the last look
	for time.Since(began) < hanging {
		if !time.Now().Before(next) {
			next = next.Add(10 * time.Second)
			out, problem, code := run(t, "restore", "--expired", "--kubeconfig", account)
			if code != 0 {
				t.Errorf("restore --expired: %d: %s", code, problem)
			}
			if !strings.Contains(out, "nothing to restore") {
				restored += out
				t.Logf("%s into the hang: restore --expired: %s", time.Since(began).Round(time.Second), out)
			}
		}
		h := f.HPA(t, "shop", "web")
		if floor := int(*h.Spec.MinReplicas); floor < 12 {
			lowest = min(lowest, floor)
			gone += time.Since(at)
		}
		at = time.Now()
		if ends := leaseEnd(t, h.Annotations[leaseAnnotation]); !ends.IsZero() {
			shortest = min(shortest, time.Until(ends))
			if ends.After(last) {
				last, renewals = ends, renewals+1
			}
		} else {
			shortest = 0
		}
		if leads, err := d.leading(); err != nil || !leads {
			led = false
		}
		time.Sleep(time.Second)
	}
	r, err := d.workload("shop", "web")
	if err != nil {
		t.Fatal(err)
	}
	_, refused := f.patched(t)
	t.Logf("the leader says: floor %d, %s: %s; applied %s; %d conflicts", r.Floor, r.Reason, r.Message, r.Applied.Outcome, refused)
	bar(t, led, "the leader led all the time: %v; it has to, or the test shows nothing", led)
	bar(t, restored == "" && lowest == 12, "the floor was 12 and at the lowest %d, below 12 for %s, in %s of hanging with leases of %s; it may never fall", lowest, gone.Round(time.Second), hanging, ttl)
	bar(t, shortest > 0 && renewals >= int(hanging/ttl), "the lease was renewed %d times, at the least %s were left; it has to be %d times, and never run out", renewals, shortest.Round(time.Second), hanging/ttl)

	proxy.Before(nil)
	back := time.Now()
	plane.Eventually(t, 4*time.Minute, func() error {
		r, err := d.workload("shop", "web")
		if err != nil || r.Error != "" || len(r.Signals) == 0 || time.Since(r.Signals[0].Newest) > 2*time.Minute {
			return fmt.Errorf("%v %s %+v", err, r.Error, r.Signals)
		}
		return nil
	})
	took := time.Since(back)
	bar(t, took < 130*time.Second, "Prometheus answers again: the load is known after %s; two ticks and a read are allowed", took.Round(time.Second))
	if got := f.floorOf(t, "web"); restored == "" && got != 12 {
		t.Errorf("the floor is %d once Prometheus answers", got)
	}
}

// leaseEnd reads when a lease ends; zero if there is none.
func leaseEnd(t *testing.T, lease string) time.Time {
	t.Helper()
	var l struct{ Expires time.Time }
	if lease != "" {
		if err := json.Unmarshal([]byte(lease), &l); err != nil {
			t.Fatalf("lease %q: %v", lease, err)
		}
	}
	return l.Expires
}

// TestANeighboursHangingQueriesHarmNobody lets the queries of eight workloads in the namespace aaa hang, as many as
// there are workers and requests at once, and earlier in the alphabet. The workloads of shop have to go on as if there
// was no neighbour: the floor of web stays, its load is known, a rise of the load of api is answered, and after a restart
// the load is known again. What it is like without a neighbour tells a second Highwater, which sees only shop, reads from
// Prometheus itself and writes nothing: how fast a forecast follows a rise depends on the load's past.
//
// Time is compressed: a tick each 2 s, a load that is stale after 1 min and doubt that ends 1 min later. The deadline of
// a tick and the timeout of a request are the defaults. The HPA controller sees no change at web, so that no write of
// its status hides a floor that falls behind a conflict.
func TestANeighboursHangingQueriesHarmNobody(t *testing.T) {
	chaos(t)
	const (
		neighbours = 8
		stale      = time.Minute
		hanging    = 5 * time.Minute
		never      = 2 * time.Minute  // after which nobody waits
		slower     = 30 * time.Second // that a rise may be answered later than without the neighbour
	)
	var risen atomic.Bool // the load of api
	demands := []demand{
		{namespace: "shop", app: "web", min: 2, max: 40, load: ripple(640), seen: func(time.Time) float64 { return 640 }},
		{namespace: "shop", app: "api", min: 2, max: 40, load: wandering(&risen)},
	}
	for i := range neighbours {
		demands = append(demands, demand{namespace: "aaa", app: fmt.Sprintf("a%d", i), metric: "hang_per_second", min: 1, max: 10, load: ripple(250)})
	}
	policies := ""
	for _, d := range demands {
		p := floorPolicy(d.app, "Enforce", "  proof: Skip\n  quantile: 95%\n  leadTime: 20s\n  hold: 10s\n  quiet: 10s\n  limits: {stepEvery: 2s}")
		policies += strings.ReplaceAll(p, "namespace: shop", "namespace: "+d.namespace)
	}
	f, proxy := newChaosFleet(t, fast(), 24*time.Hour, demands)
	f.Apply(t, policies)
	flags := []string{"--history", "1d", "--tick", "@every 2s", "--step", "10s", "--stale", "1m", "--grace", "1m"}
	d := f.launch(t, proxy.URL(), flags...)
	undisturbed := f.launch(t, f.prom.URL(), append(flags, "--namespaces", "shop", "--dry-run", "--leader-elect=false")...)
	d.readyWithin(t, 3*time.Minute)
	undisturbed.readyWithin(t, 3*time.Minute)
	var web int // its floor
	plane.Eventually(t, patience, func() error {
		shop, aaa := f.floors(t, "shop"), f.floors(t, "aaa")
		if len(shop) != 2 || len(aaa) != neighbours || shop["web"] < 7 {
			return fmt.Errorf("not all are raised: %v %v", shop, aaa)
		}
		web = shop["web"]
		return nil
	})
	time.Sleep(15 * time.Second) // the floor of api settles
	proxy.Before(hang("hang_"))

	// watch looks at web for a while.
	watch := func(during time.Duration) (oldest time.Duration, lowest, moved, doubts int) {
		t.Helper()
		lowest = web
		said := time.Now()
		for began := time.Now(); time.Since(began) < during; time.Sleep(time.Second) {
			floor := f.floorOf(t, "web")
			lowest = min(lowest, floor)
			if floor != web {
				moved++
			}
			r, err := d.workload("shop", "web")
			if err != nil || len(r.Signals) != 1 {
				t.Fatalf("%v %+v", err, r)
			}
			age := time.Since(r.Signals[0].Newest)
			oldest = max(oldest, age)
			if strings.HasPrefix(r.Reason, "Doubt") || r.Error != "" {
				doubts++
			}
			if time.Since(said) > 30*time.Second {
				said = time.Now()
				t.Logf("%4s: floor %d; newest sample %s old; %s %s", time.Since(began).Round(time.Second), floor, age.Round(time.Second), r.Reason, r.Error)
			}
		}
		return oldest, lowest, moved, doubts
	}
	oldest, lowest, moved, doubts := watch(hanging)
	bar(t, moved == 0, "beside a neighbour whose queries hang the floor of web was %d, at the lowest %d, another one for %d s of %s; it may not move", web, lowest, moved, hanging)
	bar(t, oldest < stale, "the load of web was known up to %s ago at the worst, with doubt or an error for %d s; it may never be stale (%s)", oldest.Round(time.Second), doubts, stale)
	beside, alone := rise(t, d, undisturbed, "api", &risen, never)
	bar(t, beside <= alone+slower, "a rise of the load was answered after %s beside the neighbour, %s without (%s is never); %s more are allowed", beside.Round(time.Second), alone.Round(time.Second), never, slower)

	// A new process, which knows nothing yet.
	d.stop(t)
	d = f.launch(t, proxy.URL(), flags...)
	started := time.Now()
	fresh := func() bool {
		r, err := d.workload("shop", "web")
		return err == nil && len(r.Signals) == 1 && r.Error == "" && time.Since(r.Signals[0].Newest) < stale
	}
	for time.Since(started) < never && !fresh() {
		time.Sleep(500 * time.Millisecond)
	}
	took := time.Since(started)
	bar(t, took < stale, "after a restart beside the neighbour the load of web was known after %s (%s is never); less than %s is allowed", took.Round(time.Second), never, stale)
	if took < never {
		oldest, lowest, moved, _ = watch(time.Minute)
		bar(t, moved == 0 && oldest < stale, "after that the floor of web was %d, at the lowest %d, and its load known up to %s ago; the one may not move, the other not be stale", web, lowest, oldest.Round(time.Second))
	}
}

// rise lets a load rise, and returns how long each of two daemons takes to ask for two more pods than it did.
func rise(t *testing.T, a, b *daemon, app string, risen *atomic.Bool, never time.Duration) (tookA, tookB time.Duration) {
	t.Helper()
	asked := func(d *daemon) int {
		t.Helper()
		r, err := d.workload("shop", app)
		if err != nil {
			t.Fatal(err)
		}
		return r.Floor
	}
	beforeA, beforeB, began := asked(a), asked(b), time.Now()
	risen.Store(true)
	tookA, tookB = never, never
	for (tookA == never || tookB == never) && time.Since(began) < never {
		time.Sleep(200 * time.Millisecond)
		if tookA == never && asked(a) >= beforeA+2 {
			tookA = time.Since(began)
		}
		if tookB == never && asked(b) >= beforeB+2 {
			tookB = time.Since(began)
		}
	}
	return tookA, tookB
}

// wandering is a load that changes its level each 17 min, so that forecasts have to follow what is measured, until now;
// then it stands at 640 until it has risen to 2000.
func wandering(risen *atomic.Bool) func(time.Time) float64 {
	now := time.Now()
	return func(at time.Time) float64 {
		level := 640.0
		switch {
		case at.Before(now.Add(-17 * time.Minute)):
			scattered := uint64(at.Unix()/int64(17*60)) * 0x9E3779B97F4A7C15
			level = []float64{400, 640, 1140, 2000}[scattered>>62]
		case risen.Load():
			level = 2000
		}
		return ripple(level)(at)
	}
}
