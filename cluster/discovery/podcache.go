package discovery

import (
	"context"
	"errors"
	"hash/fnv"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/util/workqueue"

	"github.com/highwater-dev/highwater/cluster/workload"
)

// errPending is said of a scale target that was not read in time.
var errPending = errors.New("it is being read")

// errNoPods is said of a scale target that has none to look at.
var errNoPods = errors.New("it has no pods")

// How long what is known of a pod is good for, how long a failure is, and how
// long after it was last asked for it is forgotten.
const (
	podTTL     = 10 * time.Minute
	podRetry   = time.Minute
	podForget  = 30 * time.Minute
	podWorkers = 8
	podTimeout = 30 * time.Second
)

// A scaled names a scale target.
type scaled struct {
	namespace string
	workload.Ref
	needs string // resources whose requests matter: "cpu,memory"
}

// podCache remembers what pods request. Asking never blocks: what is not known,
// or has been for too long, is fetched by the workers; what was known holds
// until then, and until its target is gone if fetching fails. The queue sees to
// it that no target is fetched twice at once.
type podCache struct {
	fetch func(context.Context, scaled) (Pod, error)
	now   func() time.Time
	queue workqueue.TypedInterface[scaled]

	mu      sync.Mutex
	entries map[scaled]*podEntry
}

type podEntry struct {
	pod   Pod
	err   error
	ready chan struct{} // closed once it was fetched
	due   time.Time     // to be fetched again
	asked time.Time
}

func newPodCache(now func() time.Time, fetch func(context.Context, scaled) (Pod, error)) *podCache {
	return &podCache{
		fetch:   fetch,
		now:     now,
		queue:   workqueue.NewTyped[scaled](),
		entries: map[scaled]*podEntry{},
	}
}

// run works until ctx ends.
func (c *podCache) run(ctx context.Context) { work(ctx, c.queue, podWorkers, c.refresh) }

// work has so many workers do what is in the queue, until ctx ends.
func work(ctx context.Context, queue workqueue.TypedInterface[scaled], workers int, do func(context.Context, scaled)) {
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				s, quit := queue.Get()
				if quit {
					return
				}
				do(ctx, s)
				queue.Done(s)
			}
		})
	}
	<-ctx.Done()
	queue.ShutDown()
	wg.Wait()
}

func (c *podCache) refresh(ctx context.Context, s scaled) {
	if ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, podTimeout)
	defer cancel()
	pod, err := c.fetch(ctx, s)
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[s]
	if e == nil { // forgotten meanwhile
		return
	}
	known := e.fetched() && e.err == nil
	if err != nil {
		e.due = c.now().Add(podRetry)
	} else {
		e.due = c.now().Add(podTTL + spread(s))
	}
	if err != nil && known && !apierrors.IsNotFound(err) {
		return // an API server that is away says nothing about the pod
	}
	e.pod, e.err = pod, err
	if !e.fetched() {
		close(e.ready)
	}
}

// fetched reports whether there has been an answer.
func (e *podEntry) fetched() bool {
	select {
	case <-e.ready:
		return true
	default:
		return false
	}
}

// spread lets a fleet that was read at once not come due at once.
func spread(s scaled) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(s.namespace + "/" + s.Kind + "/" + s.Name))
	return time.Duration(h.Sum32()) % (podTTL / 2)
}

// ask sees to it that s is fetched, and returns what closes once it was.
func (c *podCache) ask(s scaled) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[s]
	if e == nil {
		e = &podEntry{ready: make(chan struct{})}
		c.entries[s] = e
	}
	e.asked = c.now()
	if !e.asked.Before(e.due) {
		c.queue.Add(s)
	}
	return e.ready
}

// pod returns what is known of s.
func (c *podCache) pod(s scaled) (Pod, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[s]
	if e == nil || !e.fetched() {
		return Pod{}, errPending
	}
	return e.pod, e.err
}

// sweep forgets what was not asked for in a while.
func (c *podCache) sweep() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for s, e := range c.entries {
		if c.now().Sub(e.asked) > podForget {
			delete(c.entries, s)
		}
	}
}
