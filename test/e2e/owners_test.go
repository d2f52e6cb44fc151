package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// putBack is how long an owner's write may hold a raised floor down.
const putBack = 2 * time.Second

// A habit is what the owner of an autoscaler does to it while Highwater holds its floor at spikePods over a baseline
// of 2, and what minReplicas has to be once Highwater is gone.
type habit struct {
	name string
	made string // how the owner made the autoscaler: kubectl (client-side apply), helm or argocd (server-side apply)

	raised    func(o *owner) // does it while the floor is raised
	restarted func(o *owner) // goes on once Highwater has been restarted
	killed    func(o *owner) // and once it was killed, before `highwater restore --all`

	byPolicy bool // given back by deleting the policy; otherwise by `highwater restore --all`
	baseline int  // what is given back
}

// habits are the ways in which people and tools write the minReplicas of their autoscalers. What they patch is no floor
// of Highwater's, where it is not said: none of the 6, 10 and 12 by which it rises.
var habits = []habit{
	{
		name: "kubectl apply unchanged", made: "kubectl", baseline: 2, byPolicy: true,
		raised: func(o *owner) { o.apply(2, 20); o.raisedAgain(2) },
	}, {
		name: "kubectl apply 4", made: "kubectl", baseline: 4,
		raised: func(o *owner) { o.apply(4, 20); o.raisedAgain(4) },
	}, {
		name: "kubectl apply of the floor's own value", made: "kubectl", baseline: spikePods, byPolicy: true,
		raised: func(o *owner) { o.apply(spikePods, 20); o.owns(spikePods) },
	}, {
		name: "kubectl apply of the floor's own value after a crash", made: "kubectl", baseline: spikePods,
		killed: func(o *owner) { o.apply(spikePods, 20) },
	}, {
		name: "helm upgrade unchanged", made: "helm", baseline: 2,
		raised: func(o *owner) { o.helm(2, 20, "1"); o.raisedAgain(2) },
	}, {
		name: "helm upgrade to the floor's own value", made: "helm", baseline: spikePods, byPolicy: true,
		raised: func(o *owner) { o.helm(spikePods, 20, "1"); o.owns(spikePods) },
	}, {
		name: "helm upgrade to the floor's own value after a crash", made: "helm", baseline: spikePods,
		killed: func(o *owner) { o.helm(spikePods, 20, "1") },
	}, {
		name: "helm upgrade of maxReplicas", made: "helm", baseline: 2,
		raised: func(o *owner) {
			o.helm(2, 24, "1")
			o.raisedAgain(2)
			if got := o.HPA(o, "shop", o.hpa).Spec.MaxReplicas; got != 24 {
				o.Errorf("maxReplicas is %d, not the owner's 24", got)
			}
		},
	}, {
		name: "helm upgrade of a label just after a raise", made: "helm", baseline: 2, byPolicy: true,
		raised: func(o *owner) {
			o.policy(`{"spec":{"suspend":true}}`)
			o.eventually(patience, func(s sight) bool { return s.min == 2 && s.lease == nil }, "given back to 2")
			o.helm(2, 20, "2")
			o.policy(`{"spec":{"suspend":null}}`)
			o.eventually(patience, func(s sight) bool { return s.min == spikePods }, "raised again")
			o.helm(2, 20, "3")
			o.raisedAgain(2)
		},
	}, {
		name: "kubectl patch", made: "kubectl", baseline: 5,
		raised: func(o *owner) { o.patch("kubectl-patch", minReplicas(5)); o.raisedAgain(5) },
	}, {
		name: "kubectl edit", made: "kubectl", baseline: 7, byPolicy: true,
		raised: func(o *owner) {
			o.kubectl("", "patch", "hpa", o.hpa, "-n", "shop", "--field-manager=kubectl-edit", "--type=strategic", "-p", minReplicas(7))
			o.raisedAgain(7)
		},
	}, {
		name: "kubectl replace", made: "kubectl", baseline: 2,
		raised: func(o *owner) {
			o.kubectl(o.manifest(2, 20, ""), "replace", "-f", "-")
			o.raisedAgain(2)
		},
	}, {
		name: "terraform apply", made: "kubectl", baseline: 3, byPolicy: true,
		raised: func(o *owner) {
			o.patch("Terraform", `{"metadata":{"annotations":{"highwater.dev/lease":null,"highwater.dev/record":null}},"spec":{"minReplicas":3}}`)
			o.raisedAgain(3)
		},
	}, {
		name: "kubectl patch above the floor", made: "kubectl", baseline: 15,
		raised: func(o *owner) {
			o.patch("kubectl-patch", minReplicas(15))
			o.eventually(5*time.Second, func(s sight) bool { return s.min == 15 && s.lease == nil }, "15 without a lease")
			o.stays(15, 3*time.Second)
		},
	}, {
		name: "kubectl delete and create", made: "kubectl", baseline: 3,
		raised: func(o *owner) {
			o.kubectl("", "delete", "hpa", o.hpa, "-n", "shop")
			o.kubectl(o.manifest(3, 20, ""), "create", "-f", "-")
			o.eventually(patience, func(s sight) bool { return s.isRaised(3) }, "raised over 3")
		},
	}, {
		name: "kubectl replace with force", made: "kubectl", baseline: 3, byPolicy: true,
		raised: func(o *owner) {
			o.kubectl(o.manifest(3, 20, ""), "replace", "--force", "-f", "-")
			o.eventually(patience, func(s sight) bool { return s.isRaised(3) }, "raised over 3")
		},
	}, {
		name: "kubectl scale", made: "kubectl", baseline: 2,
		raised: func(o *owner) {
			o.kubectl("", "scale", "deployment", o.hpa, "-n", "shop", "--replicas=1")
			plane.Eventually(o, patience, func() error {
				if r := o.Replicas(o, "shop", o.hpa); r.Wanted != spikePods {
					return fmt.Errorf("the deployment has %+v; its autoscaler should have put it back", r)
				}
				return nil
			})
			o.stays(spikePods, 0)
			o.raisedAgain(2)
		},
	}, {
		name: "the same value twice", made: "kubectl", baseline: spikePods,
		raised: func(o *owner) {
			o.policy(`{"spec":{"limits":{"max":8}}}`)
			o.eventually(patience, func(s sight) bool { return s.min == 8 }, "lowered to 8")
			o.patch("ops", minReplicas(spikePods)) // a floor of ours lately: nobody's baseline …
			o.eventually(20*time.Second, func(s sight) bool { return s.min == 8 && s.lease != nil && s.lease.Baseline == 2 }, "8 over 2 again")
			o.patch("ops", minReplicas(spikePods)) // … unless it is meant
			o.owns(spikePods)
			o.stays(spikePods, 3*time.Second)
		},
	}, {
		name: "a downscaler", made: "kubectl", baseline: 2,
		raised: func(o *owner) {
			stop := o.keeps(1, time.Second, "kube-downscaler", `"downscaler/original-replicas":"12"`)
			o.contested(1)
			stop()
			o.morning()
			o.kubectl("", "delete", "floorpolicy", o.hpa, "-n", "shop")
			o.restore("shop/" + o.hpa)
			o.givenBack(2, 5*time.Second)
			o.stays(2, 3*time.Second)
		},
	}, {
		name: "a downscaler, Highwater killed at night", made: "kubectl", baseline: 2,
		raised: func(o *owner) {
			o.keeps(1, time.Second, "kube-downscaler", `"downscaler/original-replicas":"12"`)
			o.contested(1)
		},
		restarted: func(o *owner) { o.contested(1); o.unmoved(0) },
		killed:    func(o *owner) { o.morning() },
	}, {
		name: "a downscaler, Highwater restarted at dusk", made: "kubectl", baseline: 2,
		raised: func(o *owner) {
			o.keeps(1, time.Second, "kube-downscaler", `"downscaler/original-replicas":"12"`)
			o.eventually(patience, func(s sight) bool { return s.min == 1 }, "set to 1")
		},
		restarted: func(o *owner) {
			o.contested(1)
			o.peace()
			o.morning()
			o.kubectl("", "delete", "floorpolicy", o.hpa, "-n", "shop")
		},
	}, {
		name: "Argo CD", made: "kubectl", baseline: 2,
		raised: func(o *owner) {
			o.keeps(2, 2*time.Second, "argocd-controller", "")
			o.contested(2)
			o.statusIs(o.T, o.hpa, "", "", "False Contested")
			plane.Eventually(o, patience, func() error {
				got := o.Kubectl(o, "get", "events", "-n", "shop", "--field-selector=involvedObject.name="+o.hpa+",reason=Contested",
					"-o", `jsonpath={range .items[*]}{.type} {.message}{"\n"}{end}`)
				if !strings.HasPrefix(got, "Warning") || !strings.Contains(got, `"argocd-controller"`) {
					return fmt.Errorf("events %q", got)
				}
				return nil
			})
		},
		restarted: func(o *owner) { o.contested(2); o.unmoved(0) },
	},
}

func minReplicas(n int) string { return fmt.Sprintf(`{"spec":{"minReplicas":%d}}`, n) }

// TestOwners has the owners of autoscalers, each with one habit, beside one Highwater: what they write goes through, a
// raised floor is put back at once and whole, and what is given back in the end is theirs.
func TestOwners(t *testing.T) {
	t.Parallel()
	w := newOwners(t)
	w.start(t)
	for _, o := range w.all {
		plane.Eventually(t, patience, func() error {
			return w.newest(o.hpa).expect(func(s sight) bool { return s.isRaised(2) }, "raised over 2")
		})
	}
	w.each(t, "while it is raised", func(o *owner) bool { return o.raised != nil }, func(o *owner) { o.raised(o) })

	rows := w.restoreAll(t, "--dry-run")
	for _, o := range w.all {
		o.since = w.mark(o.hpa)
	}
	w.daemon.stop(t)
	w.start(t)
	w.each(t, "after a restart", everyone, func(o *owner) {
		if o.restarted != nil {
			o.restarted(o)
			return
		}
		o.unmoved(3 * time.Second)
		row, listed := rows[o.hpa]
		if o.killed == nil && (listed && row.to != o.baseline || !listed && o.newest(o.hpa).lease != nil) {
			o.Errorf("restore --all --dry-run says %+v, not that %d is given back", row, o.baseline)
		}
	})

	byPolicy := func(o *owner) bool { return o.byPolicy }
	w.deletePolicies(t, byPolicy)
	w.each(t, "once the policy is deleted", byPolicy, func(o *owner) { o.givenBack(o.baseline, 25*time.Second, fortnightAnnotation) })

	w.daemon.kill()
	for _, o := range w.all {
		o.peace()
	}
	w.each(t, "after a crash", func(o *owner) bool { return o.killed != nil }, func(o *owner) { o.killed(o) })

	rows = w.restoreAll(t)
	w.each(t, "once all is restored", everyone, func(o *owner) {
		if row, listed := rows[o.hpa]; listed && row.to != o.baseline {
			o.Errorf("restore --all says %+v, not that %d is given back", row, o.baseline)
		}
		o.givenBack(o.baseline, 0)
	})
	w.each(t, "helm goes on", func(o *owner) bool { return o.made == "helm" }, func(o *owner) {
		o.helm(3, 20, "9")
		o.eventually(putBack, func(s sight) bool { return s.min == 3 }, "the owner's new 3")
	})
}

// An owner has an autoscaler and a habit.
type owner struct {
	*testing.T // of the moment
	*owners
	habit
	hpa   string
	since int    // where in the diary the owner's last command began
	peace func() // ends what keeps writing
}

// owners are all owners in one cluster with one Highwater.
type owners struct {
	*fleet
	diary
	all    []*owner
	daemon *daemon
	t      *testing.T    // of them all
	hands  chan struct{} // bounds the kubectls at a time
}

// newOwners makes the autoscalers and their policies. They share a load, which needs spikePods pods all the time.
func newOwners(t *testing.T) *owners {
	t.Helper()
	f := newFleet(t, fast(), map[string]float64{"web": spikeLoad})
	plane.ServeMetricsAPI(t, f.Plane, plane.MetricsSource{
		External: func(context.Context, string, string, labels.Selector) ([]plane.ExternalValue, error) {
			return []plane.ExternalValue{{Value: spikeLoad}}, nil
		},
	})
	w := &owners{fleet: f, t: t, hands: make(chan struct{}, 2)}
	w.watch(t, f.Plane, "shop")
	manifests, policies := map[string]string{}, ""
	for i, h := range habits {
		o := &owner{owners: w, habit: h, hpa: fmt.Sprintf("web%d", i+1), peace: func() {}}
		w.all = append(w.all, o)
		w.CreateDeployment(t, "shop", o.hpa, 1, "100m")
		manifests[h.made] += o.manifest(2, 20, "")
		policies += floorPolicy(o.hpa, "Enforce", "  proof: Skip\n  limits: {stepEvery: 2s, stepDown: 50%}")
	}
	for made, args := range map[string][]string{"kubectl": clientSide, "helm": serverSide, "argocd": argoCD} {
		if _, err := w.TryKubectl(manifests[made], args...); err != nil {
			t.Fatal(err)
		}
	}
	w.Apply(t, policies)
	return w
}

var (
	clientSide = []string{"apply", "-f", "-"}
	serverSide = []string{"apply", "--server-side", "--field-manager=helm", "-f", "-"}
	argoCD     = []string{"apply", "--server-side", "--field-manager=argocd-controller", "--force-conflicts", "-f", "-"}
)

// start starts Highwater and waits until it acts.
func (w *owners) start(t *testing.T) {
	t.Helper()
	w.daemon = w.serve(t)
	w.daemon.awaitLeading(t, patience, true)
}

// each does something as some of the owners at once, as subtests of their habits' names.
func (w *owners) each(t *testing.T, when string, some func(*owner) bool, do func(*owner)) {
	t.Helper()
	t.Run(when, func(t *testing.T) {
		var all sync.WaitGroup // and not t.Parallel, which lets few run at a time: most of the time they wait
		for _, o := range w.all {
			if !some(o) {
				continue
			}
			all.Go(func() {
				t.Run(o.name, func(t *testing.T) {
					o.T = t
					do(o)
				})
			})
		}
		all.Wait()
	})
}

func everyone(*owner) bool { return true }

func (w *owners) deletePolicies(t *testing.T, of func(*owner) bool) {
	t.Helper()
	args := []string{"delete", "floorpolicy", "-n", "shop"}
	for _, o := range w.all {
		if of(o) {
			args = append(args, o.hpa)
		}
	}
	w.Kubectl(t, args...)
}

// A restoredRow is what `highwater restore` prints of an autoscaler.
type restoredRow struct {
	from, to int
	outcome  string
}

// restoreAll runs `highwater restore --all` and reads its table.
func (w *owners) restoreAll(t *testing.T, args ...string) map[string]restoredRow {
	t.Helper()
	out, problem, code := run(t, append([]string{"restore", "--kubeconfig", w.restorer(t), "--all"}, args...)...)
	if code != 0 {
		t.Errorf("restore --all %v: %d: %s", args, code, problem)
	}
	t.Logf("restore --all %v\n%s%s", args, out, problem)
	return restoredRows(t, out)
}

func (w *owners) restorer(t *testing.T) (kubeconfig string) {
	t.Helper()
	return w.ServiceAccountKubeconfig(t, "highwater", restoreAccount)
}

func restoredRows(t *testing.T, out string) map[string]restoredRow {
	t.Helper()
	rows := map[string]restoredRow{}
	for line := range strings.Lines(out) {
		var namespace, name string
		var r restoredRow
		if _, err := fmt.Sscan(line, &namespace, &name, &r.from, &r.to, &r.outcome); err == nil {
			rows[name] = r
		}
	}
	return rows
}

// manifest is the owner's file.
func (o *owner) manifest(least, most int, revision string) string {
	text := strings.Replace(plainHPA(o.hpa, least, most), requestsOf(o.hpa), requestsOf("web"), 1)
	if revision != "" {
		text = strings.Replace(text, "namespace: shop}", `namespace: shop, labels: {revision: "`+revision+`"}}`, 1)
	}
	return text
}

// kubectl runs a command of the owner, which has to succeed.
func (o *owner) kubectl(stdin string, args ...string) {
	o.Helper()
	o.hands <- struct{}{}
	defer func() { <-o.hands }()
	o.since = o.mark(o.hpa)
	if _, err := o.TryKubectl(stdin, args...); err != nil {
		o.Fatalf("what the owner does is refused: %v", err)
	}
	if slices.Contains(args, "delete") {
		return
	}
	version := o.HPA(o, "shop", o.hpa).ResourceVersion // the owner's write, or a later one
	plane.Eventually(o, patience, func() error { return o.reached(o.hpa, version) })
}

func (o *owner) apply(least, most int) {
	o.Helper()
	o.kubectl(o.manifest(least, most, ""), clientSide...)
}

func (o *owner) helm(least, most int, revision string) {
	o.Helper()
	o.kubectl(o.manifest(least, most, revision), serverSide...)
}

func (o *owner) patch(manager, patch string) {
	o.Helper()
	o.kubectl("", "patch", "hpa", o.hpa, "-n", "shop", "--field-manager="+manager, "--type=merge", "-p", patch)
}

func (o *owner) policy(patch string) {
	o.Helper()
	o.kubectl("", "patch", "floorpolicy", o.hpa, "-n", "shop", "--type=merge", "-p", patch)
}

// morning is when a downscaler puts back what it found.
func (o *owner) morning() {
	o.Helper()
	o.patch("kube-downscaler", `{"metadata":{"annotations":{"downscaler/original-replicas":null}},"spec":{"minReplicas":12}}`)
}

// restore runs `highwater restore` for one autoscaler.
func (o *owner) restore(what string) {
	o.Helper()
	if out, problem, code := run(o.T, "restore", "--kubeconfig", o.restorer(o.T), what); code != 0 {
		o.Errorf("restore %s: %d: %s%s", what, code, out, problem)
	}
}

// keeps writes minReplicas whenever it is another, until the owner's peace is called or the test ends.
func (o *owner) keeps(least int, every time.Duration, manager, annotation string) (stop func()) {
	ctx, cancel := context.WithCancel(o.t.Context())
	done := make(chan struct{})
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%s}},"spec":{"minReplicas":%d}}`, annotation, least)
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			if o.newest(o.hpa).min != least {
				if _, err := o.TryKubectl("", "patch", "hpa", o.hpa, "-n", "shop", "--field-manager="+manager, "--type=merge", "-p", patch); err != nil {
					o.t.Errorf("%s: what %s does is refused: %v", o.name, manager, err)
				}
			}
			select {
			case <-ctx.Done():
			case <-time.After(every):
			}
		}
	}()
	o.peace = sync.OnceFunc(func() { cancel(); <-done })
	o.t.Cleanup(o.peace)
	return o.peace
}

// raisedAgain checks that what the owner just wrote was followed by the whole floor in time, over the owner's baseline.
func (o *owner) raisedAgain(baseline int) {
	o.Helper()
	var went []sight
	plane.Eventually(o, 30*time.Second, func() error {
		went = o.went(o.hpa, o.since)
		return went[len(went)-1].expect(func(s sight) bool { return s.min == spikePods }, fmt.Sprintf("at %d again: it went %v", spikePods, went))
	})
	if low := slices.IndexFunc(went, func(s sight) bool { return s.min != spikePods }); low >= 0 {
		back := low + slices.IndexFunc(went[low:], func(s sight) bool { return s.min == spikePods })
		if took := went[back].at.Sub(went[low].at); took > putBack || back != low+1 {
			o.Errorf("the floor was put back after %s, and went %v", took.Round(100*time.Millisecond), went)
		}
	}
	o.eventually(5*time.Second, func(s sight) bool { return s.isRaised(baseline) }, fmt.Sprintf("raised over %d", baseline))
}

// owns checks that minReplicas is the owner's own, though it is what the floor was.
func (o *owner) owns(value int) {
	o.Helper()
	o.eventually(5*time.Second, func(s sight) bool {
		return s.min == value && (s.lease == nil || s.lease.Baseline == value)
	}, fmt.Sprintf("the owner's %d", value))
}

// contested checks that Highwater leaves the autoscaler alone, says so, and writes it no more.
func (o *owner) contested(least int) {
	o.Helper()
	plane.Eventually(o, patience, func() error {
		r, err := o.daemon.workload("shop", o.hpa)
		if err != nil {
			return err
		}
		if r.Applied.Outcome != "Contested" {
			return fmt.Errorf("the outcome is %+v after %v", r.Applied, o.went(o.hpa, o.since))
		}
		return nil
	})
	o.eventually(5*time.Second, func(s sight) bool { return s.min == least }, fmt.Sprintf("left at %d", least))
	o.stays(least, 5*time.Second)
}

// stays checks that minReplicas is a value and stays it for some time.
func (o *owner) stays(least int, during time.Duration) {
	o.Helper()
	mark := o.mark(o.hpa)
	time.Sleep(during)
	for _, s := range o.went(o.hpa, mark) {
		if s.min != least {
			o.Errorf("minReplicas went %v, and did not stay %d", o.went(o.hpa, mark), least)
			return
		}
	}
}

// unmoved checks that minReplicas is what it was when Highwater was restarted, and was all the time.
func (o *owner) unmoved(during time.Duration) {
	o.Helper()
	time.Sleep(during)
	if went := o.went(o.hpa, o.since); len(went) > 1 {
		o.Errorf("minReplicas went %v: the restart moved it", went)
	}
}

// eventually waits for minReplicas and lease to be as wanted.
func (o *owner) eventually(within time.Duration, wanted func(sight) bool, what string) {
	o.Helper()
	plane.Eventually(o, within, func() error {
		if err := o.newest(o.hpa).expect(wanted, what); err != nil {
			return fmt.Errorf("%w: it went %v", err, o.went(o.hpa, o.since))
		}
		return nil
	})
}

// fortnightAnnotation holds what is remembered of an autoscaler for a fortnight: longer than its floor, until
// `highwater restore`.
const fortnightAnnotation = "highwater.dev/record"

// givenBack checks that the autoscaler is its owner's alone, but for annotations that may be left.
func (o *owner) givenBack(baseline int, within time.Duration, except ...string) {
	o.Helper()
	plane.Eventually(o, within, func() error { return givenBack(o.HPA(o, "shop", o.hpa), baseline, except...) })
}

// givenBack says what of Highwater is left on an autoscaler.
func givenBack(h *autoscalingv2.HorizontalPodAutoscaler, baseline int, except ...string) error {
	if got := int(*h.Spec.MinReplicas); got != baseline {
		return fmt.Errorf("minReplicas of %s is %d, not the baseline %d; annotations %v", h.Name, got, baseline, ours(h))
	}
	for key, text := range ours(h) {
		if !slices.Contains(except, key) {
			return fmt.Errorf("the annotation %s is left on %s: %s", key, h.Name, text)
		}
	}
	for _, m := range h.ManagedFields {
		if m.Manager == "highwater" {
			return fmt.Errorf("managedFields of %s still hold highwater's %s", h.Name, m.FieldsV1)
		}
	}
	return nil
}

// ours are the annotations of Highwater.
func ours(h *autoscalingv2.HorizontalPodAutoscaler) map[string]string {
	left := maps.Clone(h.Annotations)
	maps.DeleteFunc(left, func(k, _ string) bool { return !strings.HasPrefix(k, "highwater.dev/") })
	return left
}

// A leaseText is the lease annotation, as one without our types reads it.
type leaseText struct {
	Baseline, Floor      int
	Renewed, Expires     time.Time
	Holder, Installation string
	DoubtSince           time.Time
}

// leaseOf reads the lease of an autoscaler; it is nil if there is none or it cannot be read.
func leaseOf(h *autoscalingv2.HorizontalPodAutoscaler) *leaseText {
	var l leaseText
	if text, ok := h.Annotations[leaseAnnotation]; !ok || json.Unmarshal([]byte(text), &l) != nil {
		return nil
	}
	return &l
}

// A diary keeps every minReplicas and lease that the autoscalers of a namespace had, in order.
type diary struct {
	mu     sync.Mutex
	sights map[string][]sight
}

// A sight is one version of an autoscaler.
type sight struct {
	at      time.Time
	version uint64
	min     int // 0 while there is none
	lease   *leaseText
}

// String shows when and what, and the baseline if there is a lease.
func (s sight) String() string {
	text := fmt.Sprintf("%d@%s", s.min, s.at.Format("05.0"))
	if s.lease != nil {
		text += fmt.Sprintf("(over %d)", s.lease.Baseline)
	}
	return text
}

func (s sight) isRaised(baseline int) bool {
	return s.min == spikePods && s.lease != nil && s.lease.Floor == spikePods && s.lease.Baseline == baseline
}

func (s sight) expect(wanted func(sight) bool, what string) error {
	if !wanted(s) {
		return fmt.Errorf("minReplicas is %s, not %s", s, what)
	}
	return nil
}

// watch fills the diary until the test ends.
func (d *diary) watch(t *testing.T, p *plane.Plane, namespace string) {
	t.Helper()
	hpas := p.Client().AutoscalingV2().HorizontalPodAutoscalers(namespace)
	list, err := hpas.List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	d.sights = map[string][]sight{}
	for i := range list.Items {
		d.note(watch.Event{Type: watch.Added, Object: &list.Items[i]})
	}
	events, err := hpas.Watch(t.Context(), metav1.ListOptions{ResourceVersion: list.ResourceVersion})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for e := range events.ResultChan() {
			d.note(e)
		}
	}()
	t.Cleanup(func() {
		events.Stop()
		<-done
	})
}

func (d *diary) note(e watch.Event) {
	h, ok := e.Object.(*autoscalingv2.HorizontalPodAutoscaler)
	if !ok {
		return
	}
	s := sight{at: time.Now()}
	s.version, _ = strconv.ParseUint(h.ResourceVersion, 10, 64) // it is a number, of etcd's
	if e.Type != watch.Deleted {
		s.min, s.lease = int(*h.Spec.MinReplicas), leaseOf(h)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sights[h.Name] = append(d.sights[h.Name], s)
}

// newest is the last version; the zero sight before the first.
func (d *diary) newest(name string) (s sight) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if all := d.sights[name]; len(all) > 0 {
		s = all[len(all)-1]
	}
	return s
}

// mark returns the place of the last version.
func (d *diary) mark(name string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return max(0, len(d.sights[name])-1)
}

// went lists the versions from a mark on where minReplicas changed; the first is what it was.
func (d *diary) went(name string, mark int) []sight {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := slices.Clone(d.sights[name][mark:])
	return slices.CompactFunc(all, func(a, b sight) bool { return a.min == b.min })
}

// reached says whether a resource version has been seen.
func (d *diary) reached(name, version string) error {
	if v, err := strconv.ParseUint(version, 10, 64); err != nil || d.newest(name).version < v {
		return fmt.Errorf("the watch of %s is at %d and not at %s: %w", name, d.newest(name).version, version, err)
	}
	return nil
}
