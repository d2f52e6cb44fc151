package e2e

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// TestWriteBackIsPutRightAtOnce lets a deploy write the owner's minReplicas over a raised floor, by a patch and by
// kubectl apply, with the default tick and steps of a minute and the HPA controller's own timing. The load is yet to
// come, so that only the floor holds the pods. Under make chaos it does so for ten workloads, once each, for a floor that
// is overwritten often is contested; else for one, in less than a minute.
//
// Nobody can keep the HPA controller from looking while minReplicas is the owner's: with a look each 15 s, a floor that is
// put back after 15 ms loses its pods once in 1000 times. The one workload is overwritten just after a look.
func TestWriteBackIsPutRightAtOnce(t *testing.T) {
	t.Parallel()
	const allowed = 2 * time.Second
	rounds, after := 1, 17*time.Second // longer than the HPA controller waits between two looks
	if chaosWanted() {
		rounds, after = 10, 40*time.Second
	}
	spike := time.Now().Add(20 * time.Minute).Truncate(time.Minute)
	coming := func(at time.Time) float64 { // an hour a day
		if since := at.Sub(spike) % (24 * time.Hour); since >= 0 && since < time.Hour || since < -23*time.Hour {
			return ripple(spikeLoad)(at)
		}
		return ripple(calm)(at)
	}
	var demands []demand
	var names []string
	for i := range rounds {
		app := fmt.Sprintf("web-%d", i)
		names = append(names, app)
		demands = append(demands, demand{namespace: "shop", app: app, min: baseline, max: ceiling, load: coming})
	}
	f, _ := newChaosFleet(t, plane.Options{HPA: plane.DefaultHPA, PodReadyAfter: time.Second}, 3*24*time.Hour, demands)
	deploy := func(name string) { // as a pipeline does it
		t.Helper()
		if _, err := f.TryKubectl(plainHPA(name, baseline, ceiling), "apply", "-f", "-"); err != nil {
			t.Fatal(err)
		}
	}
	policies := func(limits string) (all string) {
		for _, name := range names {
			all += floorPolicy(name, "Enforce", "  proof: Skip\n  quantile: 95%\n  leadTime: 30m\n  limits: {max: 12"+limits+"}")
		}
		return all
	}
	for _, name := range names {
		deploy(name)
	}
	f.Apply(t, policies(", stepUp: 1000%")) // or raising would take minutes
	d := f.launch(t, f.prom.URL())
	d.ready(t)
	for _, name := range names {
		f.raised(t, name, spikePods)
	}
	var looked time.Time // when the HPA controller raised the last of them, give or take a poll
	for _, name := range names {
		plane.Eventually(t, patience, func() error {
			if got := f.Replicas(t, "shop", name); got.Wanted != spikePods {
				return fmt.Errorf("%s has %+v", name, got)
			}
			looked = time.Now()
			return nil
		})
	}
	f.Apply(t, policies(""))
	for _, name := range names {
		plane.Eventually(t, patience, func() error {
			if err := f.Replicas(t, "shop", name).Expect(plane.Replicas{Wanted: spikePods, Pods: spikePods, Ready: spikePods}); err != nil {
				return err
			}
			d, err := f.Client().AppsV1().Deployments("shop").Get(context.Background(), name, metav1.GetOptions{})
			if err == nil && d.Status.ReadyReplicas != spikePods { // it is written after the pods are Ready, and is what is filmed
				err = fmt.Errorf("the status of %s has %d Ready", name, d.Status.ReadyReplicas)
			}
			return err
		})
	}

	// When it looked is known to about a second, so a look may still be due just after it seems to be over.
	const sync, margin = 15 * time.Second, 2 * time.Second // between two looks, and after one
	if since := time.Since(looked) % sync; rounds == 1 && (since < margin || since > sync/2) {
		time.Sleep((sync - since + margin) % sync)
	}
	seen := f.follow(t, "shop")
	for i, name := range names {
		if i%2 == 0 {
			f.Kubectl(t, "patch", "hpa", name, "-n", "shop", "--field-manager=deploy", "--type=merge", "-p", fmt.Sprintf(`{"spec": {"minReplicas": %d}}`, baseline))
		} else {
			deploy(name)
		}
		if i < rounds-1 {
			time.Sleep(5300 * time.Millisecond) // so that they come at many times between two looks of the HPA controller
		}
	}
	time.Sleep(after)

	var took []time.Duration
	var never, steps, fell []string
	for _, name := range names {
		back, story := seen.putBack(name)
		if lowest := seen.lowest(name); lowest < spikePods {
			fell = append(fell, fmt.Sprintf("%s to %d (%v)", name, lowest, seen.ready[name]))
		}
		switch {
		case len(story) < 2:
			t.Fatalf("minReplicas of %s was not written back: %v", name, story)
		case back == 0:
			never = append(never, name)
		default:
			took = append(took, back)
		}
		if len(story) > 3 || back == 0 && len(story) > 2 {
			steps = append(steps, name)
		}
		t.Logf("minReplicas of %s went %v, put back after %s (0s is not yet)", name, story, back.Round(time.Millisecond))
	}
	slices.Sort(took)
	bar(t, len(never) == 0 && took[len(took)-1] <= allowed, "%d of %d floors that a deploy overwrote were put back%s; each has to be within %s",
		len(took), rounds, spread(took), allowed)
	bar(t, len(steps) == 0, "%d of %d were put back in steps: %v; none may be", len(steps), rounds, steps)
	bar(t, len(fell) == 0, "pods were lost by %d of %d workloads: %v; by none may they be", len(fell), rounds, fell)
	for _, name := range names {
		r, err := d.workload("shop", name)
		if err != nil {
			t.Fatal(err)
		}
		if r.Baseline != baseline || r.Lease == nil || r.Lease.Baseline != baseline || r.Lease.Floor != spikePods {
			t.Errorf("%s: the baseline is %d, the lease %+v", name, r.Baseline, r.Lease)
		}
	}
}

// spread tells the median and the largest of sorted times, if there are any.
func spread(sorted []time.Duration) string {
	if len(sorted) == 0 {
		return ""
	}
	return fmt.Sprintf(", after %s in the median and %s at the most", sorted[len(sorted)/2].Round(time.Millisecond), sorted[len(sorted)-1].Round(time.Millisecond))
}

// A film is every state of the HPAs and Deployments of a namespace while it runs.
type film struct {
	mu     sync.Mutex
	floors map[string][]frame
	ready  map[string][]int // pods Ready, as the Deployment says
}

type frame struct {
	at    time.Time // when it was heard of
	floor int
}

func (f frame) String() string { return fmt.Sprint(f.floor) }

// follow films a namespace until the test ends, from the states that a consistent list gives. (A watch that starts by
// itself starts with those of the API server's cache, which may be older than what the test has read.)
func (f *fleet) follow(t *testing.T, namespace string) *film {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	m := &film{floors: map[string][]frame{}, ready: map[string][]int{}}
	hpas, err := f.Client().AutoscalingV2().HorizontalPodAutoscalers(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range hpas.Items {
		m.take(&hpas.Items[i])
	}
	deployments, err := f.Client().AppsV1().Deployments(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range deployments.Items {
		m.take(&deployments.Items[i])
	}
	ofHPAs, err := f.Client().AutoscalingV2().HorizontalPodAutoscalers(namespace).Watch(ctx, metav1.ListOptions{ResourceVersion: hpas.ResourceVersion})
	if err != nil {
		t.Fatal(err)
	}
	ofDeployments, err := f.Client().AppsV1().Deployments(namespace).Watch(ctx, metav1.ListOptions{ResourceVersion: deployments.ResourceVersion})
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	for _, w := range []watch.Interface{ofHPAs, ofDeployments} {
		done.Go(func() {
			for e := range w.ResultChan() {
				m.take(e.Object)
			}
		})
	}
	t.Cleanup(func() {
		cancel()
		done.Wait()
	})
	return m
}

func (m *film) take(state runtime.Object) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch o := state.(type) {
	case *autoscalingv2.HorizontalPodAutoscaler:
		story := m.floors[o.Name]
		if floor := int(*o.Spec.MinReplicas); len(story) == 0 || story[len(story)-1].floor != floor {
			m.floors[o.Name] = append(story, frame{time.Now(), floor})
		}
	case *appsv1.Deployment:
		m.ready[o.Name] = append(m.ready[o.Name], min(int(o.Status.ReadyReplicas), int(*o.Spec.Replicas)))
	}
}

// putBack returns how long minReplicas was not what it was at first, zero if it still is not, and what it went through.
func (m *film) putBack(name string) (took time.Duration, story []frame) {
	m.mu.Lock()
	defer m.mu.Unlock()
	story = slices.Clone(m.floors[name])
	if n := len(story); n > 2 && story[n-1].floor == story[0].floor {
		took = story[n-1].at.Sub(story[1].at)
	}
	return took, story
}

// lowest is the least that were Ready, or wanted, at any time.
func (m *film) lowest(name string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Min(m.ready[name])
}
