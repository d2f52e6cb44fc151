package plane

import (
	"fmt"
	"time"
)

// Options say what a plane is like. The zero value is a plane with one node, pods that are Ready at once, and an HPA
// controller made quick for tests.
type Options struct {
	// Nodes is how many nodes there are at first; zero means 1, negative none. Each can hold 1000 cores.
	Nodes int

	// PodReadyAfter is how long a pod takes from being scheduled to being Ready; until then it is Pending. A pod with
	// the annotation ReadyAfter takes as long as that says.
	PodReadyAfter time.Duration

	// PodReadyJitter spreads that time evenly over [PodReadyAfter, PodReadyAfter+PodReadyJitter].
	PodReadyJitter time.Duration

	// HPA is the timing of the HPA controller; zero fields mean those of QuickHPA.
	HPA HPATiming

	// Audit records every request to the kube-apiserver, for Plane.Audit.
	Audit bool

	// APIServerArgs and ControllerManagerArgs are added to the flags and win over them.
	APIServerArgs, ControllerManagerArgs []string
}

// ReadyAfter is the annotation of a pod that overrides Options.PodReadyAfter, as a Go duration such as "45s".
const ReadyAfter = "pod-ready.stage.kwok.x-k8s.io/delay"

// HPATiming are the timing flags of kube-controller-manager for the HPA.
type HPATiming struct {
	// SyncPeriod is the time between two looks at an HPA.
	SyncPeriod time.Duration
	// DownscaleStabilization is the scale-down window of an HPA that states none.
	DownscaleStabilization time.Duration
	// InitialReadinessDelay is how long after its start an unready pod counts as starting.
	InitialReadinessDelay time.Duration
	// CPUInitialization is how long after its start the CPU of a pod is doubted.
	CPUInitialization time.Duration
}

// QuickHPA is the timing for tests that do not want to wait.
var QuickHPA = HPATiming{
	SyncPeriod:             time.Second,
	DownscaleStabilization: 2 * time.Second,
	InitialReadinessDelay:  time.Second,
	CPUInitialization:      time.Second,
}

// DefaultHPA is the timing of Kubernetes without flags.
var DefaultHPA = HPATiming{
	SyncPeriod:             15 * time.Second,
	DownscaleStabilization: 5 * time.Minute,
	InitialReadinessDelay:  30 * time.Second,
	CPUInitialization:      5 * time.Minute,
}

func (h HPATiming) args() []string {
	or := func(d, quick time.Duration) time.Duration {
		if d == 0 {
			return quick
		}
		return d
	}
	return []string{
		fmt.Sprintf("--horizontal-pod-autoscaler-sync-period=%v", or(h.SyncPeriod, QuickHPA.SyncPeriod)),
		fmt.Sprintf("--horizontal-pod-autoscaler-downscale-stabilization=%v",
			or(h.DownscaleStabilization, QuickHPA.DownscaleStabilization)),
		fmt.Sprintf("--horizontal-pod-autoscaler-initial-readiness-delay=%v",
			or(h.InitialReadinessDelay, QuickHPA.InitialReadinessDelay)),
		fmt.Sprintf("--horizontal-pod-autoscaler-cpu-initialization-period=%v",
			or(h.CPUInitialization, QuickHPA.CPUInitialization)),
	}
}
