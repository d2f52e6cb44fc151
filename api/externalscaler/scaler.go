package externalscaler

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/highwater-dev/highwater/api/externalscaler/protocol"
	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/scheduler"
)

// A Scheduler knows the floors; *scheduler.Scheduler is one.
type Scheduler interface {
	Now() time.Time
	Ready() bool
	Result(workload.Key) (*scheduler.Result, bool)
}

// target is what one pod carries of the metric, which counts pods.
const target = 1

// lookEvery is how often a stream looks for a change.
const lookEvery = time.Second

// A scaler answers KEDA.
type scaler struct {
	protocol.UnimplementedExternalScalerServer
	s    Scheduler
	look time.Duration
}

// GetMetricSpec names the metric and its target. It needs to know of no workload, so
// that KEDA can make its HPA at any time.
func (x *scaler) GetMetricSpec(_ context.Context, ref *protocol.ScaledObjectRef) (*protocol.GetMetricSpecResponse, error) {
	if _, err := keyOf(ref); err != nil {
		return nil, err
	}
	return &protocol.GetMetricSpecResponse{MetricSpecs: []*protocol.MetricSpec{
		{MetricName: keda.FloorMetric, TargetSize: target, TargetSizeFloat: target},
	}}, nil
}

// StreamMetricSpec tells the same once, and no more, since it does not change. KEDA
// then brings its HPA up to date, which it has made without the metric if it could
// not ask at the time.
func (x *scaler) StreamMetricSpec(ref *protocol.ScaledObjectRef, stream protocol.ExternalScaler_StreamMetricSpecServer) error {
	spec, err := x.GetMetricSpec(stream.Context(), ref)
	if err != nil {
		return err
	}
	if err := stream.Send(spec); err != nil {
		return err
	}
	<-stream.Context().Done()
	return nil
}

// GetMetrics returns the pods that are asked for.
func (x *scaler) GetMetrics(_ context.Context, in *protocol.GetMetricsRequest) (*protocol.GetMetricsResponse, error) {
	if name := in.GetMetricName(); name != keda.FloorMetric {
		return nil, status.Errorf(codes.InvalidArgument, "metricName %q: the only metric is %s", name, keda.FloorMetric)
	}
	pods, err := x.asked(in.GetScaledObjectRef())
	if err != nil {
		return nil, err
	}
	return &protocol.GetMetricsResponse{MetricValues: []*protocol.MetricValue{
		{MetricName: keda.FloorMetric, MetricValue: int64(pods) * target, MetricValueFloat: float64(pods) * target},
	}}, nil
}

// IsActive reports whether any pods are asked for, which brings a target from 0 or
// from idleReplicaCount.
func (x *scaler) IsActive(_ context.Context, ref *protocol.ScaledObjectRef) (*protocol.IsActiveResponse, error) {
	pods, err := x.asked(ref)
	if err != nil {
		return nil, err
	}
	return &protocol.IsActiveResponse{Result: pods > 0}, nil
}

// StreamIsActive tells the same once it is known, and when it changes. While nothing
// can be said the stream is silent, since KEDA waits for long after one that ends.
func (x *scaler) StreamIsActive(ref *protocol.ScaledObjectRef, stream protocol.ExternalScaler_StreamIsActiveServer) error {
	if _, err := keyOf(ref); err != nil {
		return err
	}
	look := time.NewTicker(x.look)
	defer look.Stop()
	for told, was := false, false; ; {
		pods, err := x.asked(ref)
		switch active := pods > 0; {
		case status.Code(err) == codes.Unavailable:
		case err != nil:
			return err
		case !told || active != was:
			if err := stream.Send(&protocol.IsActiveResponse{Result: active}); err != nil {
				return err
			}
			told, was = true, active
		}
		select {
		case <-stream.Context().Done():
			return nil
		case <-look.C:
		}
	}
}

// asked returns the pods that are asked for now.
func (x *scaler) asked(ref *protocol.ScaledObjectRef) (pods int32, err error) {
	k, err := keyOf(ref)
	if err != nil {
		return 0, err
	}
	r, ok := x.s.Result(k)
	switch {
	case !ok && !x.s.Ready():
		return 0, status.Errorf(codes.Unavailable, "workload %s is not known yet: the first tick is not done", k)
	case !ok:
		return 0, status.Errorf(codes.NotFound, "no autoscaler %s is known to Highwater; /api/v1/workloads lists those that are", k)
	}
	a, err := r.Asked(x.s.Now())
	if err != nil {
		return 0, status.Error(codes.Unavailable, err.Error())
	}
	return a.Pods, nil
}

// keyOf is the workload that asks: a ScaledObject.
func keyOf(ref *protocol.ScaledObjectRef) (workload.Key, error) {
	k := workload.Key{Namespace: ref.GetNamespace(), Name: ref.GetName()}
	if k.Namespace == "" || k.Name == "" {
		return k, status.Errorf(codes.InvalidArgument, "scaledObjectRef: namespace %q and name %q: both have to be given, those of a ScaledObject", k.Namespace, k.Name)
	}
	return k, nil
}
