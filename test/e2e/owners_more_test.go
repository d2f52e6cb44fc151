package e2e

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// TestABrokenLeaseHarmsNoOther gives back what has run out, beside leases that cannot be read.
func TestABrokenLeaseHarmsNoOther(t *testing.T) {
	t.Parallel()
	binary(t)
	p := plane.Start(t, fast())
	install(t, p)
	ranOut := time.Now().UTC().Add(-time.Hour).Truncate(time.Second)
	good := func(floor int) string {
		return fmt.Sprintf(`{"baseline":2,"floor":%d,"renewed":%q,"expires":%q,"holder":"gone"}`,
			floor, ranOut.Add(-30*time.Minute).Format(time.RFC3339), ranOut.Format(time.RFC3339))
	}
	for name, set := range map[string]struct {
		floor int
		lease string
	}{"a": {8, "?"}, "b": {9, good(9)}, "c": {7, `{"baseline":2,"floor":7}`}, "d": {5, good(5)}} {
		p.Apply(t, plainHPA(name, 2, 20))
		p.Kubectl(t, "patch", "hpa", name, "-n", "shop", "--field-manager=highwater", "--type=merge",
			"-p", fmt.Sprintf(`{"spec":{"minReplicas":%d},"metadata":{"annotations":{%q:%q}}}`, set.floor, leaseAnnotation, set.lease))
	}
	out, problem, code := run(t, "restore", "--kubeconfig", p.ServiceAccountKubeconfig(t, "highwater", restoreAccount), "--expired")
	t.Logf("%d\n%s%s", code, out, problem)
	if code != 0 {
		t.Errorf("restore --expired: %d, though all that could be given back was", code)
	}
	rows := restoredRows(t, out)
	for name, want := range map[string]restoredRow{
		"a": {8, 8, "Broken"}, "b": {9, 2, "Restored"}, "c": {7, 7, "Broken"}, "d": {5, 2, "Restored"},
	} {
		if rows[name] != want {
			t.Errorf("the table says %+v of %s, not %+v", rows[name], name, want)
		}
		h := p.HPA(t, "shop", name)
		if want.outcome == "Broken" {
			if _, kept := h.Annotations[leaseAnnotation]; !kept || int(*h.Spec.MinReplicas) != want.from {
				t.Errorf("%s was touched: %d %v", name, *h.Spec.MinReplicas, h.Annotations)
			}
		} else if err := givenBack(h, 2); err != nil {
			t.Error(err)
		}
	}
}

// ahead moves times of a lease a year ahead, as the administrator, and leaves the rest of it alone.
func ahead(t *testing.T, p *plane.Plane, name string, keys ...string) {
	t.Helper()
	lease := p.HPA(t, "shop", name).Annotations[leaseAnnotation]
	for i, key := range keys {
		then := time.Now().UTC().AddDate(1, 0, i).Format(time.RFC3339)
		lease = regexp.MustCompile(`("`+key+`":)"[^"]*"`).ReplaceAllString(lease, `${1}"`+then+`"`)
	}
	p.Kubectl(t, "annotate", "--overwrite", "hpa", name, "-n", "shop", leaseAnnotation+"="+lease)
}

// TestALeaseFarAhead is a lease that would outlive everybody: as an administrator's hand or a clock that was wrong writes it.
func TestALeaseFarAhead(t *testing.T) {
	t.Parallel()
	f := newFleet(t, fast(), map[string]float64{"web": spikeLoad})
	f.Apply(t, plainHPA("web", 2, 20)+floorPolicy("web", "Enforce", "  limits: {stepEvery: 1s}"))
	d := f.serve(t)
	f.raised(t, "web", spikePods)
	for _, keys := range [][]string{{"expires"}, {"renewed", "expires"}} {
		t.Run(fmt.Sprintf("a running Highwater corrects %v", keys), func(t *testing.T) {
			ahead(t, f.Plane, "web", keys...)
			plane.Eventually(t, 10*time.Second, func() error {
				h, latest := f.HPA(t, "shop", "web"), time.Now().Add(35*time.Minute)
				l := leaseOf(h)
				switch {
				case l == nil || l.Baseline != 2 || l.Floor != spikePods || int(*h.Spec.MinReplicas) != spikePods:
					return fmt.Errorf("minReplicas is %d, the lease %+v", *h.Spec.MinReplicas, l)
				case l.Expires.After(latest) || l.Renewed.After(time.Now().Add(time.Minute)):
					return fmt.Errorf("%v ahead was not corrected: %+v", keys, l)
				}
				return nil
			})
		})
	}
	d.kill()
	account := f.ServiceAccountKubeconfig(t, "highwater", restoreAccount)
	restore := func() map[string]restoredRow {
		t.Helper()
		out, problem, code := run(t, "restore", "--kubeconfig", account, "--expired")
		if code != 0 {
			t.Errorf("restore --expired: %d: %s%s", code, out, problem)
		}
		return restoredRows(t, out)
	}
	if rows := restore(); len(rows) > 0 {
		t.Errorf("a lease that has not run out was restored: %+v", rows)
	}
	ahead(t, f.Plane, "web", "renewed", "expires")
	if row, want := restore()["web"], (restoredRow{spikePods, 2, "Restored"}); row != want {
		t.Errorf("restore --expired says %+v, not %+v: it leaves a lease of next year for ever", row, want)
	}
	if err := givenBack(f.HPA(t, "shop", "web"), 2); err != nil {
		t.Error(err)
	}
}

// TestDoubtSurvivesCrashes takes Prometheus away and kills Highwater again and again, sooner than doubt may hold a floor.
func TestDoubtSurvivesCrashes(t *testing.T) {
	t.Parallel()
	const stale, grace, life, steps = 15 * time.Second, 40 * time.Second, 12 * time.Second, 30 * time.Second
	w := newBusyWorld(t, fast())
	w.Apply(t, policy("Enforce", "  proof: Skip"))
	start := func() *daemon { // without an election: a crash leaves the Lease to run out, for as long as this life
		return serve(t, w.kubeconfig, w.prom.URL(), "--leader-elect=false", "--stale", stale.String(), "--grace", grace.String(), "--step-down", "0.5")
	}
	d := start()
	d.ready(t)
	w.raised(t)

	w.prom.Stop()
	stopped, born := time.Now(), time.Now()
	var lowered, since time.Time
	went, crashes := []int{spikePods}, 0
	for went[len(went)-1] != baseline {
		h := w.HPA(t, "shop", "web")
		if floor := int(*h.Spec.MinReplicas); floor != went[len(went)-1] {
			went = append(went, floor)
			t.Logf("%s after Prometheus went and %d crashes: minReplicas %d", time.Since(stopped).Round(time.Second), crashes, floor)
		}
		if len(went) > 1 && lowered.IsZero() {
			lowered = time.Now()
		}
		if l := leaseOf(h); l != nil && !l.DoubtSince.IsZero() {
			if !since.IsZero() && !l.DoubtSince.Equal(since) {
				t.Errorf("doubt began at %s, and then at %s: a crash began it anew", since, l.DoubtSince)
			}
			since = l.DoubtSince
		}
		if time.Since(stopped) > stale+grace+life+steps {
			t.Fatalf("the floor went %v in %s and %d crashes; doubt since %s", went, time.Since(stopped).Round(time.Second), crashes, since)
		}
		if time.Since(born) > life {
			d.kill()
			d, born = start(), time.Now()
			crashes++
		}
		time.Sleep(200 * time.Millisecond)
	}
	if since.IsZero() {
		t.Error("no lease said since when there is doubt")
	}
	if held := lowered.Sub(stopped); held < grace {
		t.Errorf("doubt held the floor for %s, not for %s", held, grace)
	}
	if !slices.IsSortedFunc(went, func(a, b int) int { return b - a }) || len(went) < 3 {
		t.Errorf("the floor went %v, not down in steps", went)
	}
	if crashes < 3 {
		t.Errorf("there were %d crashes only; the test shows nothing", crashes)
	}
	if err := givenBack(w.HPA(t, "shop", "web"), baseline, fortnightAnnotation); err != nil {
		t.Error(err)
	}
}

// TestASecondInstallationIsTold runs another Highwater in the same cluster, which would like higher floors.
func TestASecondInstallationIsTold(t *testing.T) {
	t.Parallel()
	o := fast()
	o.Audit = true
	w := newBusyWorld(t, o)
	w.Apply(t, replicaRole)
	w.CreateNamespace(t, "other")
	w.Apply(t, policy("Enforce", "  proof: Skip"))
	first := serve(t, w.kubeconfig, w.prom.URL())
	first.ready(t)
	w.raised(t)
	if l := leaseOf(w.HPA(t, "shop", "web")); l == nil || l.Installation != "highwater/highwater" {
		t.Errorf("the lease does not name the installation: %+v", l)
	}

	var seen diary
	seen.watch(t, w.Plane, "shop")
	second := serve(t, w.ServiceAccountKubeconfig(t, "highwater", "b"), w.prom.URL(),
		"--leader-namespace", "other", "--leader-name", "second", "--headroom", "0.5")
	second.ready(t)
	second.awaitLeading(t, patience, true)
	t.Run("told", func(t *testing.T) { second.expect(t, 20*time.Second, secondToFirst) })
	time.Sleep(8 * time.Second) // some ticks of both
	if went := seen.went("web", 0); len(went) != 1 || went[0].min != spikePods {
		t.Errorf("the floor went %v beside the second installation", went)
	}
	for _, e := range w.Audit(t, plane.ServiceAccountUser("highwater", "b")) {
		if e.Resource == "horizontalpodautoscalers" && !slices.Contains([]string{"get", "list", "watch"}, e.Verb) {
			t.Errorf("the second sent %s: %d", e.Rule(), e.Code)
		}
	}
	first.expect(t, patience, func(r recommendation) error {
		if r.Applied.Outcome != "Unchanged" || r.Lease == nil || r.Lease.Floor != spikePods {
			return errors.New("the first is disturbed")
		}
		return nil
	})
}

// secondToFirst says what is wrong with what an installation of Highwater says of a floor that another one holds.
func secondToFirst(r recommendation) error {
	told := slices.ContainsFunc(r.Warnings, func(x struct{ Code, Message string }) bool { return x.Code == "OtherInstallation" })
	for _, p := range r.Problems {
		told = told || p.Code == "OtherInstallation"
	}
	switch {
	case r.Floor <= spikePods:
		return errors.New("the second has no opinion of its own")
	case r.Applied.Outcome != "OtherInstallation":
		return errors.New("the second does not leave it alone")
	case !told:
		return errors.New("the second does not tell of the first")
	}
	return nil
}
