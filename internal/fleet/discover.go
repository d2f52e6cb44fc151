package fleet

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/klog/v2"

	"github.com/highwater-dev/highwater/cluster/discovery"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/history"
)

// patience is how long a cluster may take to list its autoscalers.
const patience = 30 * time.Second

// A cluster is a way to the API server.
type cluster struct {
	client  kubernetes.Interface
	dynamic dynamic.Interface
	host    string
}

func (r *Reader) connect() (cluster, error) {
	restConfig, _, err := r.Config.Kubernetes.Connect(r.Version)
	if err != nil {
		return cluster{}, err
	}
	client, err := kubernetes.NewForConfig(restConfig)
	if err != nil {
		return cluster{}, fmt.Errorf("kubernetes: %w", err)
	}
	dyn, err := dynamic.NewForConfig(restConfig)
	if err != nil {
		return cluster{}, fmt.Errorf("kubernetes: %w", err)
	}
	return cluster{client, dyn, restConfig.Host}, nil
}

// discover lists the autoscalers of the namespaces, or of all of them, once. What
// it found remembers their policies. The range of rate() in their queries is what
// the store needs, unless it is configured.
func (r *Reader) discover(ctx context.Context, c cluster, namespaces []string, store *history.Reader) ([]workload.Workload, *discovery.Cluster, error) {
	quiet := slog.New(slog.DiscardHandler) // what fails is in the answer
	klog.SetSlogLogger(quiet)
	found := discovery.New(c.client, c.dynamic, discovery.Options{Namespaces: namespaces, NoKEDA: !r.Config.Kubernetes.KEDA, Describe: r.Config.DescribeOptions(), Log: quiet})
	running, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { defer close(ended); found.Run(running) }()
	defer func() { stop(); <-ended }()
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := found.WaitForSync(wait); err != nil {
		where := ""
		if len(namespaces) == 1 {
			where = " in namespace " + namespaces[0]
		}
		return nil, nil, fmt.Errorf("kubernetes: %s did not list its autoscalers within %s; is it reachable, and may you list them%s? %w", c.host, patience, where, err)
	}
	if r.Config.Prometheus.RateWindow == 0 {
		if window, err := history.RateWindow(wait, store, time.Now()); err == nil {
			found.SetRateWindow(window)
		}
	}
	found.SetPrices(r.prices(wait, &Source{Reader: store, To: time.Now()}))
	list, err := found.Workloads(ctx)
	return list, found, err
}
