package discovery

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/version"
	clientdiscovery "k8s.io/client-go/discovery"
	"k8s.io/client-go/kubernetes"

	"github.com/highwater-dev/highwater/cluster/workload"
)

// What a raised minReplicas does, by the conditions of the autoscaler:
//
//	AbleToScale    False FailedGetScale     nothing while the target cannot be read; see target
//	               False FailedUpdateScale  nothing while the target cannot be written; told
//	ScalingActive  False ScalingDisabled    nothing: the target is at 0 replicas                          off
//	               False AmbiguousSelector  pods, for good: the controller never lowers them again        off
//	               False InvalidSelector    likewise                                                      off
//	               False FailedGet…Metric   pods, which stay until there are metrics again: floors go on
//	ScaledToZero   True                     pods, from 0 replicas, if the metrics can be read
//
// The controller looks at minReplicas before it looks at selectors and metrics,
// but not at 0 replicas: there it is off, unless it scaled to zero itself and,
// since 1.36, has said so. Up to 1.35 any minReplicas above 0 turns it off there.
//
// Metrics that fail are not told: they come and go with each rollout, and the
// autoscaler tells of them itself.
//
// Source: reconcileAutoscaler, computeReplicasForMetrics, validateAndParseSelector
// and shouldComputeMetricsForZeroReplicas in pkg/controller/podautoscaler/horizontal.go
// of Kubernetes 1.36.3; up to 1.35 `scale.Spec.Replicas == 0 && minReplicas != 0`.

// The reasons of conditions that are looked at, beside those that are codes of
// problems.
const failedGetScale = "FailedGetScale"

// off lets an autoscaler only be observed that is off, or that could never
// lower again what a floor raises. What was set is given back.
func (d *describer) off() {
	c, failed := d.condition(autoscalingv2.AbleToScale)
	if failed && c.Reason == FailedUpdateScale {
		d.report(notice(FailedUpdateScale, fieldOf(c), "%s, so neither the autoscaler nor a floor has an effect: let the HPA controller scale %s %s",
			said(c), d.w.Target.Kind, d.w.Target.Name))
	}
	p := d.disabled()
	switch {
	case d.w.Kind != workload.ScaledObject:
		p = cmp.Or(p, d.atZero())
	case p != nil && p.Code == ScalingDisabled:
		return // KEDA scales to zero itself, beside the autoscaler, and from there
	}
	if p == nil {
		return
	}
	d.observe()
	d.report(*p)
}

// disabled returns what the autoscaler itself says of being off; nil if it does not.
func (d *describer) disabled() *workload.Problem {
	c, failed := d.condition(autoscalingv2.ScalingActive)
	if !failed {
		return nil
	}
	var p workload.Problem
	switch c.Reason {
	case ScalingDisabled:
		p = notice(ScalingDisabled, fieldOf(c), "%s, so the autoscaler is off and no floor is set: scale %s %s to 1 replica or more to turn it on",
			said(c), d.w.Target.Kind, d.w.Target.Name)
	case AmbiguousSelector:
		p = problem(AmbiguousSelector, fieldOf(c), "%s, so the autoscaler would never remove the pods of a floor and none is set: "+
			"delete all of these autoscalers but one, or give their targets selectors of their own", said(c))
	case InvalidSelector:
		p = problem(InvalidSelector, fieldOf(c), "%s, so the autoscaler would never remove the pods of a floor and none is set: "+
			"see to it that the scale subresource of %s %s has a selector that can be read", said(c), d.w.Target.Kind, d.w.Target.Name)
	default:
		return nil
	}
	return &p
}

// atZero returns why no floor brings pods to a target without any; nil if there
// are some, if that is not known, or if a floor does.
func (d *describer) atZero() *workload.Problem {
	if !atZero(d.in.HPA) {
		return nil
	}
	c, _ := d.condition(autoscalingv2.ScaledToZero)
	itself, server := c.Status == corev1.ConditionTrue, d.in.Server
	switch {
	case itself && (d.w.Baseline > 0 || server.scalesFromZero()):
		return nil
	case d.w.Baseline > 0:
		p := notice(ScalingDisabled, "status.currentReplicas", "it is 0 and minReplicas is %d, so the autoscaler is off and no floor is set: "+
			"scale %s %s to 1 replica or more to turn it on", d.w.Floor, d.w.Target.Kind, d.w.Target.Name)
		return &p
	}
	var why string
	remedy := "set minReplicas to 1, or use Kubernetes 1.36 or later with the feature gate HPAScaleToZero"
	switch {
	case !server.known():
		why, remedy = "the version of this one is not known ("+cmp.Or(server.Err, "it is being read")+")", "it is tried again"
	case !server.scalesFromZero():
		why = fmt.Sprintf("this one is %d.%d", server.Major, server.Minor)
	default:
		why = "this one does not say that it did (condition ScaledToZero)"
	}
	p := notice(NoScaleFromZero, "spec.minReplicas", "the baseline is 0 and there are 0 replicas; a floor brings pods there only from Kubernetes 1.36 on, "+
		"where the HPA controller scaled to zero itself, and %s, so none is set until the metrics bring pods: %s", why, remedy)
	return &p
}

// atZero reports whether the HPA controller has found no replicas and wants
// none. Before it has looked there are none in the status either.
func atZero(hpa *autoscalingv2.HorizontalPodAutoscaler) bool {
	s := &hpa.Status
	return s.CurrentReplicas == 0 && s.DesiredReplicas == 0 &&
		slices.ContainsFunc(s.Conditions, func(c autoscalingv2.HorizontalPodAutoscalerCondition) bool {
			return c.Type == autoscalingv2.AbleToScale && c.Reason != failedGetScale
		})
}

// condition finds a condition of the autoscaler, the zero value if there is
// none, and reports whether it is there and False.
func (d *describer) condition(t autoscalingv2.HorizontalPodAutoscalerConditionType) (c autoscalingv2.HorizontalPodAutoscalerCondition, failed bool) {
	for _, c := range d.in.HPA.Status.Conditions {
		if c.Type == t {
			return c, c.Status == corev1.ConditionFalse
		}
	}
	return c, false
}

func fieldOf(c autoscalingv2.HorizontalPodAutoscalerCondition) string {
	return fmt.Sprintf("status.conditions[%s]", c.Type)
}

// said repeats a condition. The controller lists autoscalers in another order
// at each look; here they are sorted, so that the same is told in the same words.
func said(c autoscalingv2.HorizontalPodAutoscalerCondition) string {
	text := c.Message
	if head, list, ok := strings.Cut(strings.TrimSuffix(text, "]"), ": ["); ok && strings.HasSuffix(text, "]") {
		names := strings.Fields(list)
		slices.Sort(names)
		text = head + ": [" + strings.Join(names, " ") + "]"
	}
	return fmt.Sprintf("it is %s (%s: %s)", c.Status, c.Reason, text)
}

// trimConditions drops what no description looks at. Most autoscalers are well,
// and a fleet's messages would fill the memory.
func trimConditions(all []autoscalingv2.HorizontalPodAutoscalerCondition) []autoscalingv2.HorizontalPodAutoscalerCondition {
	all = slices.DeleteFunc(all, func(c autoscalingv2.HorizontalPodAutoscalerCondition) bool {
		return c.Type != autoscalingv2.AbleToScale && c.Type != autoscalingv2.ScalingActive && c.Type != autoscalingv2.ScaledToZero
	})
	for i := range all {
		if all[i].Status == corev1.ConditionTrue {
			all[i].Message = ""
		}
	}
	return all
}

// holdsBack reports whether floors of a workload with the problem have no effect,
// whatever its policy says: it is only observed, or nothing asks for them.
func holdsBack(p workload.Problem) bool {
	switch p.Code {
	case OwnedByKEDA, Paused, BadScaledObject, ScalingDisabled, AmbiguousSelector, InvalidSelector, NoScaleFromZero, FloorNotAsked:
		return true
	}
	return false
}

// A ServerVersion is the API server's. The zero value is not known.
type ServerVersion struct {
	Major, Minor int
	Err          string // why it is not known; empty before it was read
}

func (v ServerVersion) known() bool { return v.Major > 0 }

// scalesFromZero reports whether the HPA controller of this version follows a
// minReplicas above 0 from where it scaled to zero itself.
func (v ServerVersion) scalesFromZero() bool {
	return v.Major > 1 || v.Major == 1 && v.Minor >= 36
}

// versionOf reads the version of an answer. Some vendors write a minor of "36+".
func versionOf(info *version.Info) (v ServerVersion, err error) {
	if v.Major, err = strconv.Atoi(info.Major); err == nil {
		v.Minor, err = strconv.Atoi(strings.TrimRight(info.Minor, "+"))
	}
	if err != nil || v.Major < 1 || v.Minor < 0 {
		return ServerVersion{}, fmt.Errorf("major %q and minor %q are no version", info.Major, info.Minor)
	}
	return v, nil
}

const (
	versionRetry    = 5 * time.Second // while it is not known
	versionEvery    = 5 * time.Minute // it changes with an upgrade
	versionPatience = 10 * time.Second
)

// A serverLog knows the version of the API server, from the time on when it is
// first asked for. Few clusters have an autoscaler for which it matters.
type serverLog struct {
	client kubernetes.Interface
	asked  chan struct{}

	mu  sync.Mutex
	now ServerVersion
}

func newServerLog(client kubernetes.Interface) *serverLog {
	return &serverLog{client: client, asked: make(chan struct{}, 1)}
}

// ask has the version read, and does not wait for it.
func (l *serverLog) ask() {
	select {
	case l.asked <- struct{}{}:
	default: // it was asked for already
	}
}

// version returns what is known, without waiting.
func (l *serverLog) version() ServerVersion {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now
}

// run keeps the version up to date, once it was asked for, until ctx ends.
func (l *serverLog) run(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-l.asked:
	}
	for {
		pause := versionRetry
		if l.look(ctx) {
			pause = versionEvery
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// look reads the version, and reports whether that went well. What was known
// stays known if it did not.
func (l *serverLog) look(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, versionPatience)
	defer cancel()
	info, err := clientdiscovery.ToServerVersionInterfaceWithContext(l.client.Discovery()).ServerVersionWithContext(ctx)
	var v ServerVersion
	if err == nil {
		v, err = versionOf(info)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil:
		l.now = v
	case !l.now.known():
		l.now = ServerVersion{Err: err.Error()}
	}
	return err == nil
}
