package discovery

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/workqueue"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender/capacity"
)

const (
	// startsKept is how many starts are kept of a workload, the newest.
	startsKept = 200
	// startsListed is how many pods are looked at at once.
	startsListed = 500
	// Pods are looked at once there are more of them, but no sooner than
	// startsPause after the last time, and after startsEvery anyway, for a
	// rollout starts pods without there being more.
	startsPause = 2 * time.Minute
	startsEvery = time.Hour
	// A pod that is not Ready after giveUp never will be, and one that became
	// Ready later than that after its creation did so more than once.
	giveUp = capacity.DefaultMaxLead
	// A pod that was scheduled later than this after its creation waited for a node.
	nodeWait = 20 * time.Second
	// minLead is the shortest lead time that is believed.
	minLead = 15 * time.Second

	startWorkers = 2
)

// A startLog learns how long the pods of each scale target take to start. It
// looks at them when there are more than before, in the background. The zero
// time of a target is when it was never looked at.
type startLog struct {
	list  func(context.Context, scaled) ([]corev1.Pod, error)
	now   func() time.Time
	queue workqueue.TypedInterface[scaled]

	mu      sync.Mutex
	entries map[scaled]*startEntry
}

type startEntry struct {
	starts   []start             // the oldest first
	starting map[uint64]struct{} // pods that were not Ready at the last look
	lead     *capacity.Lead
	replicas int32     // at the last look
	looked   time.Time // or queued to be
	asked    time.Time
}

// A start is that of one pod, in little room: there may be a million.
type start struct {
	pod     uint64 // hash of its UID
	created int64  // unix seconds
	took    int32  // milliseconds; 0 if it never became Ready
	newNode bool
}

func newStartLog(now func() time.Time, list func(context.Context, scaled) ([]corev1.Pod, error)) *startLog {
	return &startLog{list: list, now: now, queue: workqueue.NewTyped[scaled](), entries: map[scaled]*startEntry{}}
}

// run works until ctx ends.
func (l *startLog) run(ctx context.Context) { work(ctx, l.queue, startWorkers, l.look) }

// lead returns what is known of the target, nil for nothing, and has it looked
// at if that is due.
func (l *startLog) lead(s scaled, replicas int32) *capacity.Lead {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.entries[s]
	if e == nil {
		e = &startEntry{}
		l.entries[s] = e
	}
	now := l.now()
	e.asked = now
	switch age := now.Sub(e.looked); {
	case replicas > e.replicas && age >= startsPause, age >= startsEvery:
		e.looked = now // it is about to be: asked again meanwhile, it is not looked at twice
		l.queue.Add(s)
	case replicas < e.replicas:
		e.replicas = replicas // the next rise is one again
	}
	return e.lead
}

// look reads the pods of a target and learns from those that are new.
func (l *startLog) look(ctx context.Context, s scaled) {
	if ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, podTimeout)
	defer cancel()
	pods, err := l.list(ctx, s)
	l.mu.Lock()
	defer l.mu.Unlock()
	e, now := l.entries[s], l.now()
	if e == nil { // forgotten meanwhile
		return
	}
	e.looked = now
	if err != nil {
		e.replicas = math.MaxInt32 // what was learned stays; it is tried again as if there were no more pods
		return
	}
	e.replicas = int32(min(len(pods), 1<<30))
	if e.add(pods, now) {
		e.lead = e.learn()
	}
}

// add notes the starts of pods that were not noted yet, and reports whether
// there were any. Those that are still starting are left for the next look,
// which comes because there are more pods than are Ready.
func (e *startEntry) add(pods []corev1.Pod, now time.Time) (news bool) {
	var found []start
	starting := map[uint64]struct{}{}
	for i := range pods {
		s, known := startOf(&pods[i], now)
		if !known {
			if now.Sub(pods[i].CreationTimestamp.Time) < giveUp {
				e.replicas--
				starting[s.pod] = struct{}{}
			}
			continue
		}
		if !slices.ContainsFunc(e.starts, func(old start) bool { return old.pod == s.pod }) {
			found = append(found, s)
		}
	}
	usual := usualStart(append(slices.Clone(e.starts), found...))
	for _, s := range found {
		if _, watched := e.starting[s.pod]; watched || !s.again(usual) {
			e.starts, news = append(e.starts, s), true
		}
	}
	e.starting = starting
	slices.SortStableFunc(e.starts, func(a, b start) int { return int(a.created - b.created) })
	if n := len(e.starts) - startsKept; n > 0 {
		e.starts = slices.Delete(e.starts, 0, n)
	}
	return news
}

// sweep forgets what was not asked for in a while.
func (l *startLog) sweep() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s, e := range l.entries {
		if l.now().Sub(e.asked) > podForget {
			delete(l.entries, s)
		}
	}
}

// listPods reads the pods of a scale target.
func (c *Cluster) listPods(ctx context.Context, s scaled) ([]corev1.Pod, error) {
	template, selector, err := c.template(ctx, s)
	if err != nil {
		return nil, err
	}
	if template == nil {
		if selector, err = c.scaleSelector(ctx, s); err != nil {
			return nil, err
		}
	}
	if !selectsSome(selector) {
		return nil, errNoPods
	}
	// From the API server's own memory, which is what lists of many pods are for.
	list, err := c.client.CoreV1().Pods(s.namespace).List(ctx, metav1.ListOptions{LabelSelector: selector, Limit: startsListed, ResourceVersion: "0"})
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}

// leadOf returns how long the pods of a workload take to start; nil if it is
// not known.
func (c *Cluster) leadOf(w *workload.Workload) *capacity.Lead {
	return c.starts.lead(scaled{namespace: w.Namespace, Ref: w.Target}, w.Replicas)
}
