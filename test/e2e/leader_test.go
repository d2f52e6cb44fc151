package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// replicaRole lets the service accounts of replicas a and b do everything: what they do, not what they may, is looked at.
const replicaRole = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: a, namespace: highwater}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: b, namespace: highwater}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: replicas}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects:
- {kind: ServiceAccount, name: a, namespace: highwater}
- {kind: ServiceAccount, name: b, namespace: highwater}
`

// newReplicasWorld makes a busy world whose audit log tells a from b.
func newReplicasWorld(t *testing.T) (w *world, a, b string) {
	t.Helper()
	o := fast()
	o.Audit = true
	w = newBusyWorld(t, o)
	w.Apply(t, replicaRole)
	w.Apply(t, policy("Enforce", ""))
	return w, w.ServiceAccountKubeconfig(t, "highwater", "a"), w.ServiceAccountKubeconfig(t, "highwater", "b")
}

// leading asks a replica whether it leads.
func (d *daemon) leading() (bool, error) {
	var s struct{ Leading bool }
	_, body, err := d.get("/api/v1/status")
	if err != nil {
		return false, err
	}
	return s.Leading, json.Unmarshal([]byte(body), &s)
}

func (d *daemon) awaitLeading(t *testing.T, within time.Duration, want bool) {
	t.Helper()
	plane.Eventually(t, within, func() error {
		if got, err := d.leading(); err != nil || got != want {
			return fmt.Errorf("leading %v, not %v; %v", got, want, err)
		}
		return nil
	})
}

// sway moves the limit of the policy up and down until the returned function is called, so that there is something to
// write all the time.
func (w *world) sway(t *testing.T) (still func()) {
	t.Helper()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			patch := fmt.Sprintf(`{"spec": {"limits": {"max": %d, "stepEvery": "1s"}}}`, []int{6, spikePods}[i%2])
			// It may fail while the kube-apiserver is away.
			_, _ = w.TryKubectl("", "patch", "floorpolicy", "web", "-n", "shop", "--type=merge", "-p", patch)
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Second):
			}
		}
	}()
	return sync.OnceFunc(func() { close(stop); <-done })
}

// A deed is a write by replica a or b.
type deed struct {
	plane.AuditEvent
	who   string
	lease bool // of the Lease, not of a floor or a status
}

// deeds lists the writes of the replicas in their order.
func (w *world) deeds(t *testing.T) (list []deed) {
	t.Helper()
	for _, who := range []string{"a", "b"} {
		for _, e := range w.Audit(t, plane.ServiceAccountUser("highwater", who)) {
			switch e.Resource {
			case "horizontalpodautoscalers", "floorpolicies", "leases":
				if e.Verb != "get" && e.Verb != "list" && e.Verb != "watch" {
					list = append(list, deed{e, who, e.Resource == "leases"})
				}
			}
		}
	}
	slices.SortStableFunc(list, func(x, y deed) int { return x.At.Compare(y.At) })
	return list
}

// shifts checks that the writes of floors and statuses come in shifts that follow the Lease: each by a replica that took
// it, after it did and before another did. It returns who worked, in order.
func shifts(t *testing.T, list []deed) (order string) {
	t.Helper()
	holder, writes := "", 0
	for _, e := range list {
		switch {
		case e.lease && e.Code/100 == 2:
			holder = e.who // or the one that has just given it back: the log has no bodies
		case e.lease:
		case e.Code/100 == 2 && e.who != holder:
			t.Errorf("%s %s wrote %s while the Lease was %s's", e.At.Format("15:04:05.000"), e.who, e.Rule(), holder)
			fallthrough
		case e.Code/100 == 2:
			writes++
			if !strings.HasSuffix(order, e.who) {
				order += e.who
			}
		}
	}
	t.Logf("%d writes, in shifts %s", writes, order)
	return order
}

// firstWrite returns when a replica first wrote a floor after a time.
func (w *world) firstWrite(t *testing.T, who string, after time.Time) (at time.Time) {
	t.Helper()
	plane.Eventually(t, patience, func() error {
		for _, e := range w.deeds(t) {
			if e.who == who && e.Resource == "horizontalpodautoscalers" && e.Code == 200 && e.At.After(after) {
				at = e.At
				return nil
			}
		}
		return fmt.Errorf("%s wrote no floor since %s", who, after.Format("15:04:05"))
	})
	return at
}

// TestAStandbyTakesOver kills the leader, and later asks the next one to end.
func TestAStandbyTakesOver(t *testing.T) {
	t.Parallel()
	w, ka, kb := newReplicasWorld(t)
	a := serve(t, ka, w.prom.URL())
	a.ready(t)
	a.awaitLeading(t, patience, true)
	b := serve(t, kb, w.prom.URL())
	b.ready(t)
	w.raised(t)
	defer w.sway(t)()
	w.firstWrite(t, "a", time.Now())

	b.expect(t, patience, func(r recommendation) error {
		if r.Reason == "" || r.Floor == 0 || len(r.Signals) != 1 || r.Signals[0].Method == "" || r.Applied.Outcome != "Standby" {
			return errors.New("the standby does not compute")
		}
		return nil
	})
	if leads, err := b.leading(); leads || err != nil {
		t.Fatalf("the standby leads: %v %v", leads, err)
	}

	killed := time.Now()
	a.kill()
	took := w.firstWrite(t, "b", killed).Sub(killed)
	t.Logf("b acts %s after a was killed", took.Round(100*time.Millisecond))
	if took > 20*time.Second {
		t.Errorf("b took over after %s", took)
	}

	again := serve(t, ka, w.prom.URL())
	again.ready(t)
	again.expect(t, patience, func(r recommendation) error {
		if r.Applied.Outcome != "Standby" {
			return errors.New("not a standby")
		}
		return nil
	})
	asked := time.Now()
	b.stop(t)
	took = w.firstWrite(t, "a", asked).Sub(asked)
	t.Logf("a acts %s after b was asked to end", took.Round(100*time.Millisecond))
	if took > 7*time.Second { // its look for the Lease takes up to 4.4 s, and then something has to change
		t.Errorf("a took over after %s", took)
	}
	list := w.deeds(t)
	if got := shifts(t, list); got != "aba" {
		t.Errorf("the shifts were %s", got)
	}
	var last deed
	for _, e := range list {
		if e.who == "b" {
			last = e
		}
	}
	if !last.lease || last.Code != 200 {
		t.Errorf("the last that b did was not to give the Lease back, but %+v", last)
	}
}

// TestALeaderThatIsCutOff lets the leader's connections to the kube-apiserver hang, as a broken network does.
func TestALeaderThatIsCutOff(t *testing.T) {
	t.Parallel()
	w, ka, kb := newReplicasWorld(t)
	wall := newWall(t, strings.TrimPrefix(w.URL(), "https://"))
	a := serve(t, wall.kubeconfig(t, ka, w.URL()), w.prom.URL())
	a.ready(t)
	a.awaitLeading(t, patience, true)
	b := serve(t, kb, w.prom.URL())
	b.ready(t)
	w.raised(t)
	defer w.sway(t)()
	w.firstWrite(t, "a", time.Now())

	wall.close()
	cut := time.Now()
	a.awaitLeading(t, patience, false)
	stopped := time.Now()
	b.awaitLeading(t, patience, true)
	led := time.Now()
	t.Logf("a stops %s after it was cut off, b leads after %s", stopped.Sub(cut).Round(100*time.Millisecond), led.Sub(cut).Round(100*time.Millisecond))
	if stopped.Sub(cut) > 12*time.Second {
		t.Errorf("a acted for %s, for longer than its Lease", stopped.Sub(cut))
	}
	if took := w.firstWrite(t, "b", cut).Sub(cut); took > 22*time.Second {
		t.Errorf("b took over after %s", took)
	}
	wall.open()
	for range 8 {
		if leads, err := a.leading(); leads || err != nil {
			t.Fatalf("a leads again, beside b: %v %v", leads, err)
		}
		if leads, err := b.leading(); !leads || err != nil {
			t.Fatalf("b leads no more: %v %v", leads, err)
		}
		time.Sleep(time.Second)
	}
	a.expect(t, patience, func(r recommendation) error { // its caches go on
		hpa := w.floor(t)
		if r.Current != hpa || r.Applied.Outcome != "Standby" {
			return fmt.Errorf("a sees a floor of %d, not %d", r.Current, hpa)
		}
		return nil
	})
	if got := shifts(t, w.deeds(t)); got != "ab" {
		t.Errorf("the shifts were %s", got)
	}
}

// TestALeaderWithoutKubeAPIServer takes the kube-apiserver away for longer than a leader may go on.
func TestALeaderWithoutKubeAPIServer(t *testing.T) {
	t.Parallel()
	w, d := newRaisedWorld(t, fast())
	w.StopAPIServer(t)
	d.awaitLeading(t, 12*time.Second, false)
	d.expect(t, patience, func(r recommendation) error {
		if r.Applied.Outcome != "Standby" || r.Floor != spikePods {
			return errors.New("it should go on recommending, and act no more")
		}
		return nil
	})
	time.Sleep(3 * time.Second)
	w.StartAPIServer(t)
	d.awaitLeading(t, patience, true)
	if got := w.floor(t); got != spikePods {
		t.Errorf("the floor is %d", got)
	}
	w.limit(t, 8)
	plane.Eventually(t, patience, func() error {
		if got := w.floor(t); got != 8 {
			return fmt.Errorf("the floor is %d, not 8", got)
		}
		return nil
	})
}

// A wall stands between a client and the kube-apiserver. Closed, it lets nothing through and tells nobody.
type wall struct {
	addr string
	mu   sync.RWMutex // held to pass
}

func newWall(t *testing.T, upstream string) *wall {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	w := &wall{addr: l.Addr().String()}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				s, err := net.Dial("tcp", upstream)
				if err != nil {
					return
				}
				defer s.Close()
				go func() { defer c.Close(); w.pass(c, s) }()
				w.pass(s, c)
			}()
		}
	}()
	return w
}

func (w *wall) pass(dst io.Writer, src io.Reader) {
	buf := make([]byte, 32<<10)
	for {
		n, err := src.Read(buf)
		w.mu.RLock()
		_, werr := dst.Write(buf[:n])
		w.mu.RUnlock()
		if err != nil || werr != nil {
			return
		}
	}
}

func (w *wall) close() { w.mu.Lock() }
func (w *wall) open()  { w.mu.Unlock() }

// kubeconfig makes one that leads through the wall of one that leads to url.
func (w *wall) kubeconfig(t *testing.T, of, url string) string {
	t.Helper()
	content, err := os.ReadFile(of)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(content), url, "https://"+w.addr)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
