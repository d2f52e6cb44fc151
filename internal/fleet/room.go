package fleet

import (
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/highwater-dev/highwater/recommender/planning"
)

// Limits are what there is room for, as a file of workloads has it.
type Limits struct {
	Quotas map[string]Quota `json:"quotas,omitempty"` // by namespace
	Nodes  Quota            `json:"nodes"`            // of all nodes together
}

// A Quota is room for pods; an empty field is no limit.
type Quota struct {
	Pods   float64 `json:"pods,omitempty"`
	CPU    string  `json:"cpu,omitempty"`
	Memory string  `json:"memory,omitempty"`
}

// Over lays the CPU and memory of q over limits: what is empty stays. An error
// begins with the name of the flag.
func (q Quota) Over(l *planning.Quota) error {
	for _, x := range []struct {
		flag, text string
		dst        *float64
	}{{"node-cpu", q.CPU, &l.CPU}, {"node-memory", q.Memory, &l.Memory}} {
		v, err := quantity(x.text)
		if err != nil {
			return fmt.Errorf("--%s %q: %w", x.flag, x.text, err)
		}
		if x.text != "" {
			*x.dst = v
		}
	}
	return nil
}

// quantity reads an amount as Kubernetes writes it; 0 for an empty one.
func quantity(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	q, err := resource.ParseQuantity(text)
	if err != nil {
		return 0, errors.New("write an amount as Kubernetes does: 500m, 2, 512Mi")
	}
	v := q.AsApproximateFloat64()
	if v < 0 {
		return 0, errors.New("it must not be negative")
	}
	return v, nil
}

// read returns the limits in numbers.
func (l Limits) read() (planning.Limits, error) {
	var errs []error
	out := planning.Limits{Quotas: map[string]planning.Quota{}}
	of := func(field string, q Quota) planning.Quota {
		cpu, err := quantity(q.CPU)
		if err != nil {
			errs = append(errs, fmt.Errorf("limits.%s.cpu: %q: %w", field, q.CPU, err))
		}
		memory, err := quantity(q.Memory)
		if err != nil {
			errs = append(errs, fmt.Errorf("limits.%s.memory: %q: %w", field, q.Memory, err))
		}
		return planning.Quota{Pods: q.Pods, CPU: cpu, Memory: memory}
	}
	for ns, q := range l.Quotas {
		out.Quotas[ns] = of("quotas."+ns, q)
	}
	out.Nodes = of("nodes", l.Nodes)
	return out, errors.Join(errs...)
}
