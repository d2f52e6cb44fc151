package patch

import (
	"bytes"
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"
)

// valueKeys are the values by which charts set fields of an HPA, where they are
// made as `helm create` makes them. A target's key depends on its resource.
var valueKeys = map[string]string{
	"spec.minReplicas": "minReplicas",
	"spec.maxReplicas": "maxReplicas",
	"cpu":              "targetCPUUtilizationPercentage",
	"memory":           "targetMemoryUtilizationPercentage",
}

// release is the Helm release that made the object.
func (a Autoscaler) release() (string, bool) {
	name := a.Object.GetAnnotations()["meta.helm.sh/release-name"]
	return name, name != "" && a.Object.GetLabels()["app.kubernetes.io/managed-by"] == "Helm"
}

// helm writes values, as far as it can be known by which ones a chart sets a field.
func (a Autoscaler) helm(b *bytes.Buffer, c *change) error {
	release, ofHelm := a.release()
	switch {
	case ofHelm:
		comment(b, fmt.Sprintf("%s is of Helm release %s.", a.name(), release))
	case !a.FromFile:
		comment(b, "Nothing on "+a.name()+" says that Helm made it.")
	}
	key, why := a.valueKey(c)
	if why != "" {
		comment(b, fmt.Sprintf("No values: %s. See which values of the chart set %s, with helm show values.", why, c.field))
		return nil
	}
	comment(b, "The key is that of charts that `helm create` began, and of many more. Yours may name it otherwise: see helm show values.")
	text, err := yaml.Marshal(map[string]any{"autoscaling": map[string]any{key: c.value}})
	b.Write(text)
	return err
}

// valueKey is the key below autoscaling, or why it is not known.
func (a Autoscaler) valueKey(c *change) (key, why string) {
	if !a.isHPA() {
		return "", "charts have no usual values for a ScaledObject"
	}
	key = valueKeys[c.field]
	if strings.HasSuffix(c.field, ".resource.target.averageUtilization") {
		resource, _ := lookup(a.Object.Object, append(c.path[:len(c.path)-2:len(c.path)-2], "name"))
		name, _ := resource.(string)
		if key = valueKeys[name]; key == "" && name == "" {
			return "", "a file does not say which resource the target is of"
		}
	}
	if key == "" {
		return "", "charts have no usual value for this field"
	}
	return key, ""
}
