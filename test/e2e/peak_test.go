package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// A sighting is web at one moment.
type sighting struct {
	at           time.Time
	floor, ready int
	pods         int
}

func (s sighting) String() string {
	return fmt.Sprintf("%s floor %d, %d pods, %d ready", s.at.Format("15:04:05"), s.floor, s.pods, s.ready)
}

// A peak is a world with highwater serving it, and what was seen of its spike.
type peak struct {
	*world
	daemon *daemon
	seen   []sighting
}

// watch looks at web once a second.
func (p *peak) watch(t *testing.T, until time.Time) {
	for time.Now().Before(until) {
		r := p.Replicas(t, "shop", "web")
		p.seen = append(p.seen, sighting{time.Now(), p.floor(t), r.Ready, r.Pods})
		time.Sleep(time.Second)
	}
}

func (p *peak) story() string {
	var b strings.Builder
	for i, s := range p.seen {
		if i == 0 || s.floor != p.seen[i-1].floor || s.ready != p.seen[i-1].ready {
			fmt.Fprintln(&b, s)
		}
	}
	return b.String()
}

// peak lives through the spike until it ends: the floor rises before the load
// does, the HPA controller scales the Deployment, and the pods are Ready when
// the load arrives.
func (w *world) peak(t *testing.T) *peak {
	t.Helper()
	w.Apply(t, policy("Enforce", ""))
	p := &peak{world: w, daemon: serve(t, w.kubeconfig, w.store.URL())}
	p.daemon.ready(t)
	p.watch(t, w.spike.Add(-time.Second))
	t.Logf("the spike comes at %s; until then:\n%s", w.spike.Format("15:04:05"), p.story())

	if first := p.seen[0]; first.floor != baseline {
		t.Errorf("the floor was %d long before the spike; the test has to see it rise", first.floor)
	}
	last := p.seen[len(p.seen)-1]
	if last.floor < spikePods || last.ready < spikePods {
		t.Fatalf("a second before the load: %s; %d pods have to be Ready", last, spikePods)
	}
	rec, err := p.daemon.workload("shop", "web")
	if err != nil {
		t.Fatal(err)
	}
	if rec.Baseline != baseline || rec.Lease == nil || rec.Lease.Floor != last.floor || rec.Reason == "" || !strings.Contains(rec.Message, "requests_per_second") {
		t.Errorf("the recommendation does not tell the story: %+v", rec)
	}
	if len(rec.Signals) != 1 || rec.Signals[0].Query != `sum(max without (prometheus_replica) (requests_per_second{app="web",namespace=~"shop|"}))` {
		t.Errorf("the query is not shown: %+v", rec.Signals)
	}

	before := len(p.seen)
	p.watch(t, w.spike.Add(w.width))
	for _, s := range p.seen[before:] {
		if s.ready < spikePods {
			t.Errorf("short during the spike: %s", s)
		}
	}
	return p
}

// TestPodsAreReadyBeforeThePeak is the main job; afterwards the floor comes down
// in steps.
func TestPodsAreReadyBeforeThePeak(t *testing.T) {
	t.Parallel()
	p := newWorld(t, plane.Options{}, 110*time.Second).peak(t)
	before := len(p.seen)
	deadline := time.Now().Add(2 * time.Minute)
	for time.Now().Before(deadline) && p.floor(t) > baseline {
		p.watch(t, time.Now().Add(time.Second))
	}
	var down []int
	for _, s := range p.seen[before:] {
		if len(down) == 0 || down[len(down)-1] != s.floor {
			down = append(down, s.floor)
		}
	}
	if down = append(down, p.floor(t)); !slices.IsSortedFunc(down, func(a, b int) int { return b - a }) || len(down) < 3 || down[len(down)-1] != baseline {
		t.Errorf("the floor went %v; want steps down to %d\n%s", down, baseline, p.story())
	}
	plane.Eventually(t, patience, func() error {
		if a := besidesRecord(p.HPA(t, "shop", "web").Annotations); len(a) != 0 {
			return fmt.Errorf("annotations are left: %v", a)
		}
		return p.Replicas(t, "shop", "web").Expect(plane.Replicas{Wanted: baseline, Pods: baseline, Ready: baseline})
	})
	if events := p.Kubectl(t, "get", "events", "-n", "shop", "--field-selector=involvedObject.name=web,source=highwater"); !strings.Contains(events, "floor") {
		t.Errorf("no event tells of the floor:\n%s", events)
	}
	t.Logf("the whole story:\n%s", p.story())
}

// TestPodsAreReadyBeforeThePeakOnVictoriaMetrics is the main job with another
// store, as it comes: its newest 30 s repeat what was before.
func TestPodsAreReadyBeforeThePeakOnVictoriaMetrics(t *testing.T) {
	t.Parallel()
	newWorldOn(t, plane.Options{}, 90*time.Second, spikeWidth, func(target string, history []plane.Series) store {
		return plane.StartVictoriaMetrics(t, plane.VMOptions{Targets: []string{target}, History: history})
	}).peak(t)
}

// TestPodsAreReadyBeforeThePeakOnThanos is the main job with two replicas of a
// Prometheus behind Thanos.
func TestPodsAreReadyBeforeThePeakOnThanos(t *testing.T) {
	t.Parallel()
	newWorldOn(t, plane.Options{}, 90*time.Second, spikeWidth, func(target string, history []plane.Series) store {
		replica := func(name string) plane.PromOptions {
			return plane.PromOptions{Targets: []string{target}, History: history, ExternalLabels: map[string]string{"replica": name}}
		}
		return plane.StartThanos(t, plane.ThanosOptions{Prometheus: []plane.PromOptions{replica("0"), replica("1")}})
	}).peak(t)
}
