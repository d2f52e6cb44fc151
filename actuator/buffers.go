package actuator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
)

// The codes of the problems that Buffers find.
const (
	NodeHeadroomUnavailable = "NodeHeadroomUnavailable" // there is nothing to ask for nodes by
	BufferNotOurs           = "BufferNotOurs"           // another object has the buffer's name
	BufferNotReady          = "BufferNotReady"          // the node autoscaler cannot use the buffer
	BufferIgnored           = "BufferIgnored"           // no node autoscaler has taken the buffer up
)

// bufferIgnored is after which time a buffer that no autoscaler has said a word
// about is told of.
const bufferIgnored = 2 * time.Minute

// Buffers keep a CapacityBuffer for each workload that needs room on nodes, and
// remove those that are needed no more. It may be used by several goroutines, but
// Keep by one at a time.
type Buffers struct {
	clients    Clients
	namespaces []string
	opts       Options
	log        *slog.Logger
	resource   schema.GroupVersionResource // as it is served; zero if that is not known
	unused     bool                        // there is none of ours, and none was asked for

	mu       sync.Mutex
	missing  string // why there is none at all
	problems map[workload.Key]workload.Problem
	rooms    map[workload.Key]workload.Room
}

// NewBuffers returns Buffers that write through clients in the namespaces; one that
// is empty is all of them.
func NewBuffers(clients Clients, namespaces []string, o Options, log *slog.Logger) *Buffers {
	if len(namespaces) == 0 {
		namespaces = []string{metav1.NamespaceAll}
	}
	return &Buffers{clients: clients, namespaces: namespaces, opts: o.withDefaults(), log: log}
}

// Problem is what keeps the room of a workload from being had, as far as was seen
// the last time; nil for nothing.
func (b *Buffers) Problem(w *workload.Workload) *workload.Problem {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.missing != "" {
		p := headroomProblem(w, NodeHeadroomUnavailable, "there is no room on nodes ahead of pods: "+b.missing)
		return &p
	}
	if p, ok := b.problems[w.Key]; ok {
		return &p
	}
	return nil
}

// Room is what asks for room for the pods of a workload; the zero Room is nothing.
func (b *Buffers) Room(k workload.Key) workload.Room {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rooms[k]
}

func headroomProblem(w *workload.Workload, code, message string) workload.Problem {
	return workload.Problem{Code: code, Field: fmt.Sprintf("FloorPolicy %s: spec.nodeHeadroom", w.PolicyName), Message: message}
}

// Keep brings the buffers to what is requested, of every workload whose policy
// wants any at once. Buffers of this installation that no request is for are
// removed, and so are those that have expired. It goes on past what fails, and
// joins the errors; that there are no CapacityBuffers is none.
func (b *Buffers) Keep(ctx context.Context, requests []workload.RoomRequest) error {
	if len(requests) == 0 && b.unused {
		return nil
	}
	if b.resource == (schema.GroupVersionResource{}) {
		found, err := bufferResource(b.clients.Kubernetes.Discovery())
		if why, ok := errors.AsType[unserved](err); ok {
			b.without(requests, why.Error())
			return nil
		}
		if err != nil {
			return err
		}
		b.resource = found
		b.log.Info("CapacityBuffers ask for nodes", "version", found.GroupVersion())
	}
	there, err := b.list(ctx)
	switch {
	case apierrors.IsNotFound(err): // they have gone, or are served in another version
		b.resource = schema.GroupVersionResource{}
		b.without(requests, notInstalled.Error())
		return nil
	case apierrors.IsForbidden(err):
		b.without(requests, err.Error()+"; let Highwater's service account list, create, patch and delete them (nodeHeadroom.enabled of the chart)")
		return nil
	case err != nil:
		return err
	}
	k := keeping{Buffers: b, now: b.opts.Now(), problems: map[workload.Key]workload.Problem{}, rooms: map[workload.Key]workload.Room{}}
	for _, r := range requests {
		key := workload.Key{Namespace: r.Namespace, Name: bufferName(r.Key)}
		var have *buffer
		if one, ok := there[key]; ok {
			have = &one
		}
		delete(there, key)
		k.keep(ctx, r, have)
	}
	for _, one := range there {
		k.remove(ctx, one, "it is needed no more")
	}
	b.unused = len(requests) == 0 && len(k.errs) == 0
	b.mu.Lock()
	defer b.mu.Unlock()
	b.missing, b.problems, b.rooms = "", k.problems, k.rooms
	return errors.Join(k.errs...)
}

// without notes why no room can be asked for.
func (b *Buffers) without(requests []workload.RoomRequest, why string) {
	b.unused = len(requests) == 0
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.missing != why && len(requests) > 0 {
		b.log.Warn("no room on nodes can be asked for", "workloads", len(requests), "why", why)
	}
	b.missing, b.problems, b.rooms = why, nil, nil
}

// list returns the buffers of this installation.
func (b *Buffers) list(ctx context.Context) (map[workload.Key]buffer, error) {
	found := map[workload.Key]buffer{}
	for _, ns := range b.namespaces {
		page := metav1.ListOptions{LabelSelector: managedSelector, Limit: pageSize}
		for {
			list, err := b.clients.Buffers.Resource(b.resource).Namespace(ns).List(ctx, page)
			if err != nil {
				return nil, err
			}
			for i := range list.Items {
				if one := readBuffer(&list.Items[i]); one.installation == b.opts.Installation {
					found[one.key] = one
				}
			}
			if page.Continue = list.GetContinue(); page.Continue == "" {
				break
			}
		}
	}
	return found, nil
}

// A keeping is one run of Keep.
type keeping struct {
	*Buffers
	now      time.Time
	problems map[workload.Key]workload.Problem
	rooms    map[workload.Key]workload.Room
	errs     []error
}

// keep makes one buffer what the request asks for.
func (k *keeping) keep(ctx context.Context, r workload.RoomRequest, have *buffer) {
	want, expires := k.wanted(r, have)
	if have != nil && (want == 0 || !have.owned(r.Workload)) {
		if !k.remove(ctx, *have, "the plan adds no pods that would need it") || want == 0 {
			return
		}
		have = nil
	}
	client := k.client(r.Namespace)
	switch target := scalableRef(r.Workload); {
	case want == 0:
		return
	case have == nil:
		_, err := client.Create(ctx, newBuffer(k.resource.Version, workload.RoomRequest{Workload: r.Workload, Pods: want}, k.opts.Installation, expires),
			metav1.CreateOptions{FieldManager: ownership.FieldManager})
		if apierrors.IsAlreadyExists(err) {
			k.problems[r.Key] = headroomProblem(r.Workload, BufferNotOurs, fmt.Sprintf(
				"there is a CapacityBuffer %s that this installation of Highwater has not made, so it is left alone: delete it, or give it another name", bufferName(r.Key)))
			return
		}
		if err != nil {
			k.fail("create", workload.Key{Namespace: r.Namespace, Name: bufferName(r.Key)}, err)
			return
		}
		k.tell(r, want)
	case have.replicas != want, have.target != target, expires.Sub(have.expires) > k.opts.TTL/2:
		_, err := client.Patch(ctx, have.key.Name, types.MergePatchType, bufferPatch(*have, want, target, expires), metav1.PatchOptions{FieldManager: ownership.FieldManager})
		if err != nil {
			k.fail("patch", have.key, err)
			return
		}
		if have.replicas != want {
			k.log.Info("node headroom", "workload", r.Key.String(), "from", have.replicas, "to", want)
		}
	default:
		expires = have.expires
	}
	k.rooms[r.Key] = workload.Room{Object: "CapacityBuffer " + bufferName(r.Key), Pods: want, Expires: expires}
	if have != nil {
		k.judge(r, *have)
	}
}

// wanted returns the pods of a buffer, and when it is to expire. In doubt it does
// not become less, and is not renewed for what is only held.
func (k *keeping) wanted(r workload.RoomRequest, have *buffer) (pods int32, expires time.Time) {
	if r.Doubt && have != nil && !have.expired(k.now) && have.replicas > r.Pods {
		return have.replicas, have.expires
	}
	return max(r.Pods, 0), k.now.Add(k.opts.TTL).Truncate(time.Second)
}

// judge tells of a buffer that brings no nodes.
func (k *keeping) judge(r workload.RoomRequest, have buffer) {
	switch {
	case have.ready == nil && k.now.Sub(have.created) > bufferIgnored:
		k.problems[r.Key] = headroomProblem(r.Workload, BufferIgnored, fmt.Sprintf(
			"no node autoscaler has taken up the CapacityBuffer %s: switch CapacityBuffers on in it (docs/nodes.md)", have.key.Name))
	case have.ready != nil && have.ready.Status == metav1.ConditionFalse:
		k.problems[r.Key] = headroomProblem(r.Workload, BufferNotReady, fmt.Sprintf(
			"the node autoscaler cannot use the CapacityBuffer %s: %s: %s", have.key.Name, have.ready.Reason, strings.TrimSpace(have.ready.Message)))
	}
}

// remove deletes a buffer, and reports whether it is gone.
func (k *keeping) remove(ctx context.Context, have buffer, why string) bool {
	err := deleteBuffer(ctx, k.client(have.key.Namespace), have)
	if err != nil {
		k.fail("delete", have.key, err)
		return false
	}
	k.log.Info("node headroom", "workload", have.key.Namespace+"/"+have.of, "from", have.replicas, "to", 0, "why", why)
	return true
}

// tell tells of a buffer that was made.
func (k *keeping) tell(r workload.RoomRequest, pods int32) {
	k.log.Info("node headroom", "workload", r.Key.String(), "from", 0, "to", pods, "lead", r.Lead)
	if k.opts.Events != nil {
		k.opts.Events.Eventf(reference(*r.Workload), corev1.EventTypeNormal, "NodeHeadroom",
			"CapacityBuffer %s asks for room for %d more pods, which the plan adds within %s", bufferName(r.Key), pods, r.Lead)
	}
}

func (k *keeping) fail(what string, key workload.Key, err error) {
	if !slices.ContainsFunc([]func(error) bool{apierrors.IsConflict, apierrors.IsNotFound}, func(is func(error) bool) bool { return is(err) }) {
		k.errs = append(k.errs, fmt.Errorf("%s CapacityBuffer %s: %w", what, key, err))
	} // else it has changed, and the next run sees what it is
}

func (b *Buffers) client(namespace string) dynamic.ResourceInterface {
	return b.clients.Buffers.Resource(b.resource).Namespace(namespace)
}

// deleteBuffer deletes just that object; one that is gone is no error.
func deleteBuffer(ctx context.Context, client dynamic.ResourceInterface, have buffer) error {
	err := client.Delete(ctx, have.key.Name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &have.uid}})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
