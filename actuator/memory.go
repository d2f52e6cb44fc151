package actuator

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
)

// memory is what an Enforcer keeps of each object, by UID: what it wrote last,
// for owners that replace an object and all its annotations, and what it has told.
// The zero memory is empty.
type memory struct {
	mu      sync.Mutex
	objects map[string]*trace
	swept   time.Time
}

// trace is the memory of one object.
type trace struct {
	seen      time.Time
	lease     *workload.Lease // that our last write left …
	record    *workload.Record
	contested time.Time // until when, as it was told
	told      []string  // problems there were at the last look
	served    int32     // pods that were asked for as a metric then
	conflicts int       // one after the other
}

// forgotten is how long an object has to be out of sight to be forgotten.
const forgotten = 2 * time.Hour

// wrote remembers a write of ours.
func (m *memory) wrote(w workload.Workload, c Change, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.trace(w.UID, now)
	t.lease, t.record = c.Lease, c.Record
}

// last returns what our last write left on an object; nil for nothing.
func (m *memory) last(uid string, now time.Time) (*workload.Lease, *workload.Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.trace(uid, now)
	return t.lease, t.record
}

// forget forgets what was written, since another replica may have written since.
func (m *memory) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.objects {
		t.lease, t.record = nil, nil
	}
}

// contest reports whether the contest of w was not told of yet.
func (m *memory) contest(w workload.Workload, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, until := m.trace(w.UID, now), w.Own.Record.ContestedUntil
	if t.contested.Equal(until) || now.Before(t.contested) {
		return false
	}
	t.contested = until
	return true
}

// serves reports whether w asks for other pods, as a metric, than when it was last
// asked.
func (m *memory) serves(w workload.Workload, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.trace(w.UID, now)
	was := t.served
	t.served = w.Served
	return was != w.Served
}

// servedText tells of a floor that is served as a metric, for the user.
func servedText(w workload.Workload) string {
	asked := fmt.Sprintf("%d pods are", w.Served)
	switch w.Served {
	case 0:
		asked = "no pods are"
	case 1:
		asked = "1 pod is"
	}
	return fmt.Sprintf("%s asked for as a metric; %s stays %s", asked, w.FloorField(), number(w.Floor, w.Unset))
}

// conflict counts conflicts one after the other; none of them ends the count.
func (m *memory) conflict(uid string, now time.Time, is bool) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.trace(uid, now)
	t.conflicts++
	if !is {
		t.conflicts = 0
	}
	return t.conflicts
}

// news returns the problems worth an Event that were not there, in the same
// words, when it was last asked.
func (m *memory) news(w workload.Workload, now time.Time) []workload.Problem {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.trace(w.UID, now)
	var news []workload.Problem
	var told []string
	for _, p := range w.Problems {
		if !worthAnEvent(w, p) {
			continue
		}
		text := problemText(p)
		told = append(told, text)
		if !slices.Contains(t.told, text) {
			news = append(news, p)
		}
	}
	t.told = told
	return news
}

// trace returns what is kept of uid. Once an hour it forgets the objects that
// were not seen for a while.
func (m *memory) trace(uid string, now time.Time) *trace {
	if m.objects == nil {
		m.objects = map[string]*trace{}
	}
	if now.Sub(m.swept) > time.Hour {
		m.swept = now
		for k, t := range m.objects {
			if now.Sub(t.seen) > forgotten {
				delete(m.objects, k)
			}
		}
	}
	t := m.objects[uid]
	if t == nil {
		t = &trace{}
		m.objects[uid] = t
	}
	t.seen = now
	return t
}

// contestText tells of a contest, for the user.
func contestText(w workload.Workload) string {
	by := w.Own.By
	if by == "" {
		by = "not known"
	}
	until := w.Own.Record.ContestedUntil.UTC().Format(time.RFC3339)
	if w.Own.Record.ContestedBy != "" {
		until += ", or until what it applies has changed"
	}
	return fmt.Sprintf("%[3]s was overwritten again and again (last by field manager %[1]q), so Highwater leaves it alone until %[2]s: "+
		"%[4]s, or set the policy's mode to Observe", by, until, w.FloorField(), remedyFor(w))
}

// remedyFor says how minReplicas is taken out of the hands of who overwrites it.
func remedyFor(w workload.Workload) string {
	field := w.FloorField()
	switch ownership.GitOps(w.Own.By) {
	case ownership.ArgoCD:
		return fmt.Sprintf("in the Application, add {group: %s, kind: %s, jsonPointers: [/spec/%s]} to spec.ignoreDifferences", groupOf(w), w.Kind, field)
	case "":
		return fmt.Sprintf("take %s out of what writes it", field)
	}
	return fmt.Sprintf("leave %s out of the manifest in the repository", field)
}

func groupOf(w workload.Workload) string {
	if w.Kind == workload.ScaledObject {
		return keda.Resource.Group
	}
	return "autoscaling"
}
