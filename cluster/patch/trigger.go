package patch

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/recommender/advice"
)

// scaled are the fields of an HPA that a ScaledObject has by other names.
var scaled = map[string]string{
	"spec.minReplicas": "spec.minReplicaCount",
	"spec.maxReplicas": "spec.maxReplicaCount",
}

// ofScaledObject names the field of a ScaledObject that KEDA makes the advised
// field of its HPA of.
func (a Autoscaler) ofScaledObject(x advice.Advice) (string, error) {
	if f := scaled[x.Field]; f != "" {
		return f, nil
	}
	if rest, ok := strings.CutPrefix(x.Field, "spec.behavior."); ok {
		return "spec.advanced.horizontalPodAutoscalerConfig.behavior." + rest, nil
	}
	so, err := keda.Parse(a.Object)
	if err != nil {
		return "", err
	}
	if so.Spec.Advanced.ScalingModifiers.Formula != "" {
		return "", errors.New("KEDA scales by spec.advanced.scalingModifiers, whose target is of all triggers together")
	}
	if strings.HasPrefix(x.Field, "spec.triggers[") {
		if !strings.Contains(x.Field, "].metadata.") {
			return "", fmt.Errorf("which metadata of this trigger is its target depends on its type, and only that of %s, cpu and memory is known here", keda.Prometheus)
		}
		return x.Field, nil
	}
	return targetTrigger(so.Spec.Triggers, x)
}

// targetTrigger finds the trigger that a metric of KEDA's HPA stands for. The HPA
// has them in another order, so it is the one for a resource that has the target. A
// metric of another kind is named so only where a FloorPolicy gives the load, and
// its target is a trigger's only where there is just one.
func targetTrigger(list []keda.Trigger, x advice.Advice) (string, error) {
	ofResource := strings.Contains(x.Field, "].resource.") || strings.Contains(x.Field, "].containerResource.")
	var found []string
	for i, t := range list {
		key := ""
		switch {
		case ofResource && (t.Type == "cpu" || t.Type == "memory"):
			key = "value"
		case !ofResource && t.Type == keda.Prometheus && len(list) == 1:
			key = "threshold"
		}
		if key != "" && same(t.Metadata[key], x.Now) {
			found = append(found, fmt.Sprintf("spec.triggers[%d].metadata.%s", i, key))
		}
	}
	if len(found) != 1 {
		return "", fmt.Errorf("%d triggers of the ScaledObject are of this kind and aim at %s, and it has to be just one", len(found), x.Now)
	}
	return found[0], nil
}

// asTrigger writes a quantity as a trigger's metadata has it: as a plain number
// where there is one.
func asTrigger(old, better string) (string, error) {
	q, err := resource.ParseQuantity(better)
	if err != nil {
		return "", fmt.Errorf("%q is no quantity: %w", better, err)
	}
	if _, err := strconv.ParseFloat(old, 64); err == nil {
		better = strconv.FormatFloat(q.AsApproximateFloat64(), 'f', -1, 64)
	}
	return better, nil
}
