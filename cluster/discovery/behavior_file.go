package discovery

import (
	"errors"
	"fmt"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/highwater-dev/highwater/internal/strictyaml"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// ReadBehavior reads what stands below spec.behavior of an HPA, in YAML.
func ReadBehavior(text []byte) (*simulate.Behavior, error) {
	var b autoscalingv2.HorizontalPodAutoscalerBehavior
	if err := strictyaml.Unmarshal(text, &b); err != nil {
		return nil, fmt.Errorf("%w; give the part below spec.behavior, with scaleUp and scaleDown", err)
	}
	if b.ScaleUp == nil && b.ScaleDown == nil {
		return nil, errors.New("neither scaleUp nor scaleDown is there: give the part below spec.behavior")
	}
	return behaviorOf(&b), nil
}
