package actuator

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
)

func named(w workload.Workload, name string) workload.Workload {
	w.Name = name
	return w
}

// fleet is one of each: raised, overwritten since, without a lease, and with a
// lease that cannot be read.
func fleet() *fake.Clientset {
	broken := objectOf(named(enforced(9), "broken"))
	broken.Annotations[ownership.LeaseAnnotation] = "?"
	return fake.NewClientset(objectOf(named(enforced(9), "raised")), objectOf(named(overwritten(4), "overwritten")),
		objectOf(named(enforced(2), "untouched")), broken)
}

func TestRestore(t *testing.T) {
	back := func(name string, from, to int32, outcome, note string) Restored {
		return Restored{Key: workload.Key{Namespace: "shop", Name: name}, Kind: "HorizontalPodAutoscaler", From: from, To: to, Outcome: outcome, Note: note}
	}
	broken := back("broken", 9, 9, workload.OutcomeBroken, `annotation highwater.dev/lease: invalid character '?' looking for beginning of value; `+
		`mend the annotation, or remove it and set spec.minReplicas yourself`)
	tests := []struct {
		name  string
		o     RestoreOptions
		want  []Restored
		err   string
		calls int
	}{
		{"everything", RestoreOptions{}, []Restored{
			broken, back("overwritten", 4, 4, workload.OutcomeReleased, ""), back("raised", 9, 2, workload.OutcomeRestored, "")}, "", 2},
		{"dry run", RestoreOptions{DryRun: true}, []Restored{
			broken, back("overwritten", 4, 4, workload.OutcomeWouldRelease, ""), back("raised", 9, 2, workload.OutcomeWouldRestore, "")}, "", 0},
		{"not ownership.Expired yet", RestoreOptions{Expired: true, Now: noon.Add(29 * time.Minute)}, []Restored{broken}, "", 0},
		{"expired", RestoreOptions{Expired: true, Now: noon.Add(30 * time.Minute), Namespace: "shop", Name: "raised"}, []Restored{
			back("raised", 9, 2, workload.OutcomeRestored, "")}, "", 1},
		{"one", RestoreOptions{Namespace: "shop", Name: "untouched"}, nil, "", 0},
		{"another namespace", RestoreOptions{Namespace: "other"}, nil, "", 0},
		{"missing", RestoreOptions{Namespace: "shop", Name: "none"}, nil, `restore shop/none: horizontalpodautoscalers.autoscaling "none" not found`, 0},
		{"a name without a namespace", RestoreOptions{Name: "raised"}, nil, `restore "raised": a name needs a namespace`, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := fleet()
			got, err := Restore(t.Context(), Clients{Kubernetes: c}, tt.o)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if message(err) != tt.err {
				t.Errorf("error %q, want %q", message(err), tt.err)
			}
			if n := len(patches(c)); n != tt.calls {
				t.Errorf("%d patches, want %d", n, tt.calls)
			}
			if tt.calls == 2 {
				if floor, lease := stored(t, c, named(enforced(9), "raised")); floor != 2 || lease != nil {
					t.Errorf("raised: minReplicas %d, lease %v", floor, lease)
				}
				if floor, lease := stored(t, c, named(enforced(9), "overwritten")); floor != 4 || lease != nil {
					t.Errorf("overwritten: minReplicas %d, lease %v", floor, lease)
				}
			}
		})
	}
}

func TestRestoreReadsAgainAfterAConflict(t *testing.T) {
	c := fake.NewClientset(objectOf(enforced(9)))
	conflicts := 2
	c.PrependReactor("patch", "*", func(clienttesting.Action) (bool, runtime.Object, error) {
		if conflicts--; conflicts >= 0 {
			return true, nil, apierrors.NewConflict(hpaResource.GroupResource(), "web", errors.New("modified"))
		}
		return false, nil, nil
	})
	got, err := Restore(t.Context(), Clients{Kubernetes: c}, RestoreOptions{})
	if floor, lease := stored(t, c, enforced(9)); err != nil || len(got) != 1 || floor != 2 || lease != nil ||
		got[0].String() != "shop/web: Restored, minReplicas 9 → 2" {
		t.Errorf("%v, %v: minReplicas %d, lease %v", got, err, floor, lease)
	}
}

func TestRestoreGoesOnPastErrors(t *testing.T) {
	c := fleet()
	c.PrependReactor("patch", "*", func(a clienttesting.Action) (bool, runtime.Object, error) {
		if a.(clienttesting.PatchAction).GetName() == "overwritten" {
			return true, nil, errors.New("the server is on fire")
		}
		return false, nil, nil
	})
	got, err := Restore(t.Context(), Clients{Kubernetes: c}, RestoreOptions{})
	if len(got) != 2 || got[0].Name != "broken" || got[1].Name != "raised" {
		t.Errorf("restored %v", got)
	}
	for _, want := range []string{"restore shop/overwritten: the server is on fire"} {
		if !strings.Contains(message(err), want) {
			t.Errorf("error %q lacks %q", err, want)
		}
	}
}
