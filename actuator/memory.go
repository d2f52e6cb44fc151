package actuator

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/highwater-dev/highwater/workload"
)

// When somebody else is taken to fight for minReplicas, and what follows.
const (
	contestCount  = 3                // overwritten so often …
	contestWithin = 30 * time.Minute // … in so long …
	contestPause  = time.Hour        // … the workload is left alone for that long
)

// memory is what an Enforcer keeps of each object, by UID, to notice who
// overwrites its floors. A restart forgets it. The zero memory is empty.
type memory struct {
	mu      sync.Mutex
	objects map[string]*trace
	swept   time.Time
}

// trace is the memory of one object.
type trace struct {
	seen       time.Time
	leased     bool        // our last write left a lease …
	from       string      // … on top of this resource version
	floor      int32       // that we set last
	counted    string      // stale lease that has been counted
	overwrites []time.Time // of the last contestWithin
	until      time.Time   // contested until then
	by         string      // field manager that overwrote last
	told       []string    // problems there were at the last look
}

// A verdict says whether minReplicas was overwritten, and whether the object is
// contested.
type verdict struct {
	overwritten bool  // since the last look
	floor       int32 // that was overwritten

	contested bool
	news      bool // since this very look
	until     time.Time
	by        string
}

// look notices whether the floor that was set has been overwritten since.
func (m *memory) look(w workload.Workload, now time.Time) verdict {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.trace(w.UID, now)
	t.overwrites = slices.DeleteFunc(t.overwrites, func(at time.Time) bool { return now.Sub(at) > contestWithin })
	v := verdict{}
	if t.overwritten(w) {
		v.floor = t.floor
		if w.Lease != nil {
			v.floor = w.Lease.Floor
		}
		t.leased = false
		if v.overwritten = !ours(w, v.floor); v.overwritten {
			t.by = "not known"
			if w.FloorSetBy != FieldManager {
				t.by = cmp.Or(w.FloorSetBy, t.by)
			}
			t.overwrites = append(t.overwrites, now)
		}
	}
	if len(t.overwrites) >= contestCount {
		t.overwrites = nil
		t.until = now.Add(contestPause)
		v.news = true
	}
	v.contested, v.until, v.by = now.Before(t.until), t.until, t.by
	return v
}

// ours reports whether it was Highwater itself that wrote another minReplicas
// over floor: `highwater restore`, or another replica that led meanwhile. If
// floor is still there, only its lease was taken away, and no write of ours
// does that.
func ours(w workload.Workload, floor int32) bool {
	return w.FloorSetBy == FieldManager && w.Floor != floor
}

// overwritten reports whether somebody has taken a floor of ours away that was
// not counted yet: with the lease left behind, stale, or with the lease too. A
// workload read before our own last write says nothing about it.
func (t *trace) overwritten(w workload.Workload) bool {
	if w.Lease == nil {
		return t.leased && w.ResourceVersion != t.from
	}
	if w.Lease.Floor == w.Floor {
		return false
	}
	stale := FormatLease(*w.Lease)
	if stale == t.counted {
		return false
	}
	t.counted = stale
	return true
}

// wrote remembers a write of ours.
func (m *memory) wrote(w workload.Workload, lease *workload.Lease) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.objects[w.UID]; t != nil {
		t.leased, t.from = lease != nil, w.ResourceVersion
		if lease != nil {
			t.floor = lease.Floor
		}
	}
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
// were not seen for longer than any pause.
func (m *memory) trace(uid string, now time.Time) *trace {
	if m.objects == nil {
		m.objects = map[string]*trace{}
	}
	if now.Sub(m.swept) > time.Hour {
		m.swept = now
		for k, t := range m.objects {
			if now.Sub(t.seen) > 2*contestPause {
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

// message tells of the contest, for the user.
func (v verdict) message() string {
	return fmt.Sprintf("minReplicas was overwritten %d times within %s (last by field manager %q), so Highwater leaves it alone until %s: "+
		"take minReplicas out of what writes it (in a GitOps tool, ignore the field), or set the policy's mode to Observe",
		contestCount, span(contestWithin), v.by, v.until.UTC().Format(time.RFC3339))
}

// span writes whole minutes as people do.
func span(d time.Duration) string { return fmt.Sprintf("%d minutes", int(d/time.Minute)) }
