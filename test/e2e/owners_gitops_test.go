package e2e

import (
	"context"
	"strings"
	"sync"
	"time"
)

func init() { habits = append(habits, gitOpsHabits...) }

// gitOpsHabits are those of tools that bring objects back to what a repository says, and
// of owners whose new maxReplicas is below the floor.
var gitOpsHabits = []habit{
	{
		name: "a maxReplicas below the floor", made: "kubectl", baseline: 2,
		raised: func(o *owner) {
			o.patch("kubectl-patch", `{"spec":{"maxReplicas":5}}`)
			o.eventually(patience, func(s sight) bool { return s.min == 5 && s.lease != nil && s.lease.Baseline == 2 }, "5 over 2")
			if got := o.HPA(o, "shop", o.hpa).Spec.MaxReplicas; got != 5 {
				o.Errorf("maxReplicas is %d, not the owner's 5", got)
			}
		},
	}, {
		name: "Flux every five seconds, until its manifest is changed", made: "kubectl", baseline: 1,
		raised: func(o *owner) {
			manifest := o.manifest(2, 20, "")
			flux := []string{"apply", "--server-side", "--field-manager=kustomize-controller", "--force-conflicts", "-f", "-"}
			from := o.mark(o.hpa)
			stop := o.repeats(manifest, 5*time.Second, flux...)
			o.contested(2)
			lowered := 0
			went := o.went(o.hpa, from)
			for i, s := range went[1:] {
				if s.min == 2 && went[i].min != 2 {
					lowered++
				}
			}
			if lowered > 2 {
				o.Errorf("it was overwritten %d times before it was left alone: %v", lowered, went)
			}
			stop()
			o.kubectl(strings.Replace(manifest, "  minReplicas: 2\n", "", 1), flux...)
			o.eventually(patience, func(s sight) bool { return s.isRaised(1) }, "raised again, over the 1 of an HPA that says nothing")
		},
	}, {
		name: "Argo CD, which applies what it was told to ignore", made: "argocd", baseline: 2,
		raised: func(o *owner) {
			o.kubectl(o.manifest(spikePods, 20, "1"), argoCD...)
			o.stays(spikePods, 2*time.Second)
			o.raisedAgain(2)
		},
	},
}

// repeats runs kubectl with a manifest again and again, until the owner's peace is
// called or the test ends.
func (o *owner) repeats(manifest string, every time.Duration, args ...string) (stop func()) {
	ctx, cancel := context.WithCancel(o.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			if _, err := o.TryKubectl(manifest, args...); err != nil {
				o.t.Errorf("%s: what the owner does is refused: %v", o.name, err)
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
