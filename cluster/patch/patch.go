// Package patch writes advice as what its owner applies: a kubectl command, a
// kustomize patch or Helm values. It changes nothing itself.
//
//	a := patch.Autoscaler{Object: hpa} // as it is in the cluster
//	err := patch.Write(os.Stdout, patch.Kubectl, a, report)
//
// Each advice is measured alone, so one change is written: the one that is worth
// most and is a field of the autoscaler. The others are named in comments.
package patch

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender/advice"
)

// An Autoscaler is a HorizontalPodAutoscaler of autoscaling/v2, or a ScaledObject.
type Autoscaler struct {
	Object   *unstructured.Unstructured
	FromFile bool   // it is made of flags: names and whatever else they do not say are missing
	Raised   bool   // its minimum is a floor that Highwater set
	Enforced bool   // floors are set where they are proven
	Policy   string // name of the FloorPolicy that holds; empty if none does
}

// isHPA says that it is no ScaledObject.
func (a Autoscaler) isHPA() bool { return a.Object.GetKind() != workload.ScaledObject }

// A change is one advice, as a field of the object.
type change struct {
	advice.Advice
	field string   // "spec.triggers[0].metadata.threshold"
	path  []string // its parts
	there bool     // the object has it
	old   any      // if there
	test  bool     // old is what it has to be for the change to be right
	value any
	notes []string // that its reader has to know
}

// choose returns the change to write and what else is advised, in sentences.
// Where there is none, the error says why.
func (a Autoscaler) choose(list []advice.Advice) (c *change, others []string, err error) {
	if len(list) == 0 {
		return nil, nil, errors.New("nothing to advise: no change of the HPA saves 1 % of the pod-hours, or a short minute a week")
	}
	if list[0].Kind == advice.RequestsMeaningless {
		for _, x := range list {
			others = append(others, told(x))
		}
		return nil, others, errors.New("what pods request comes first, for it makes the rest doubtful, and it is set where the pods are defined")
	}
	for _, x := range list {
		if c != nil {
			others = append(others, told(x))
			continue
		}
		if c, err = a.change(x); err != nil {
			others = append(others, told(x)+": not here, since "+err.Error())
		}
	}
	if c == nil {
		return nil, others, errors.New("nothing that is advised can be patched on " + a.name())
	}
	return c, others, nil
}

// told is an advice in a line.
func told(x advice.Advice) string {
	return fmt.Sprintf("%s, %s: %s → %s (%s)", x.Kind, x.Field, x.Now, x.Better, x.Change())
}

// change finds the field of the object that an advice means. The error is a
// clause after "since".
func (a Autoscaler) change(x advice.Advice) (*change, error) {
	if strings.HasPrefix(x.Field, "spec.template") {
		return nil, errors.New("it is set where the pods are defined")
	}
	c := &change{Advice: x, field: x.Field}
	var err error
	if !a.isHPA() {
		if c.field, err = a.ofScaledObject(x); err != nil {
			return nil, err
		}
	}
	c.path = segments(c.field)
	c.old, c.there = lookup(a.Object.Object, c.path)
	c.test = c.there
	if !c.there && strings.Contains(c.field, "[") {
		return nil, fmt.Errorf("%s has no %s", a.name(), c.field)
	}
	if err := a.held(c); err != nil {
		return nil, err
	}
	if c.value, err = valueOf(c); err != nil {
		return nil, err
	}
	return c, nil
}

// name is that of the object, for a sentence.
func (a Autoscaler) name() string { return a.Object.GetKind() + " " + a.Object.GetName() }

// held compares what the object has with what the past was replayed with.
func (a Autoscaler) held(c *change) error {
	if c.Field == "spec.minReplicas" {
		return a.heldMinimum(c)
	}
	if !c.there || same(c.old, c.Now) {
		return nil
	}
	return fmt.Errorf("%s of %s is %v, and the past was replayed with %s", c.field, a.name(), c.old, c.Now)
}

// heldMinimum does so for the minimum, which floors change.
func (a Autoscaler) heldMinimum(c *change) error {
	idle, _, _ := unstructured.NestedInt64(a.Object.Object, "spec", "idleReplicaCount")
	if better, err := strconv.ParseInt(c.Better, 10, 64); err == nil && idle > 0 && better <= idle {
		return fmt.Errorf("KEDA refuses a minReplicaCount that is not above idleReplicaCount, which is %d", idle)
	}
	zero := !c.there || c.old == int64(0)
	switch {
	case a.Raised:
		c.test = false
		c.notes = append(c.notes, fmt.Sprintf("%s is %v now, a floor of Highwater's. What you write becomes the baseline, and the floor is set again where it is needed; "+
			"it is better written while no floor is raised.", c.field, c.old))
	case zero && c.Now == "1" && !a.isHPA():
		c.notes = append(c.notes, "Without a minimum KEDA scales to zero. This ends it.")
	case c.there && !same(c.old, c.Now):
		return fmt.Errorf("%s of %s is %v, and the past was replayed with %s", c.field, a.name(), c.old, c.Now)
	}
	return nil
}

// threeDigits is how far a quantity may lie from one that is told in three digits.
const threeDigits = 0.006

// same says whether a value of the object is what an advice tells. Lists are not
// compared: a patch tests them.
func same(old any, now string) bool {
	switch v := old.(type) {
	case int64:
		return strconv.FormatInt(v, 10) == now
	case string:
		a, errA := resource.ParseQuantity(v)
		b, errB := resource.ParseQuantity(now)
		if errA != nil || errB != nil {
			return v == now
		}
		x, y := a.AsApproximateFloat64(), b.AsApproximateFloat64()
		return math.Abs(x-y) <= max(threeDigits*math.Abs(x), 0.0005)
	case []any:
		return true
	}
	return false
}

// valueOf is what to write: a number where the object has one, a text where it
// has a text.
func valueOf(c *change) (any, error) {
	text, isText := c.old.(string)
	switch {
	case strings.HasSuffix(c.field, ".policies"):
		var list []any
		err := yaml.Unmarshal([]byte(c.Better), &list)
		return list, err
	case isText && strings.HasPrefix(c.field, "spec.triggers["):
		return asTrigger(text, c.Better)
	case isText:
		return c.Better, nil
	}
	n, err := strconv.ParseInt(c.Better, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%s takes a whole number, and %s is none", c.field, c.Better)
	}
	return n, nil
}

// floorsFirst says what has to be so for an advice that rests on floors.
func (a Autoscaler) floorsFirst(c *change) string {
	switch {
	case !c.WithFloors:
		return ""
	case a.Enforced:
		return "It holds while Highwater's floors are set, as they are in mode Enforce."
	case a.FromFile:
		return "Set floors first: it holds only while Highwater's floors are set, in mode Enforce of a FloorPolicy."
	case a.Policy == "":
		return fmt.Sprintf("Set floors first: it holds only while Highwater's floors are set, by a FloorPolicy with targetRef {kind: %s, name: %s} and mode: Enforce.",
			a.Object.GetKind(), a.Object.GetName())
	}
	return fmt.Sprintf("Set floors first: it holds only while Highwater's floors are set, with mode: Enforce in FloorPolicy %s.", a.Policy)
}
