package keda

import (
	"net/url"
	"strings"
)

// FloorMetric is the name of the metric that Highwater's external scaler serves:
// the pods that a floor asks for.
const FloorMetric = "highwater-floor"

// The types of triggers that may ask Highwater for a floor.
const (
	external     = "external"
	externalPush = "external-push"
	metricsAPI   = "metrics-api"
)

// AsksFloor reports whether the trigger asks Highwater for the floor of a workload,
// by the name of its metric in KEDA's HPA, or by its URL. Such a trigger is no load:
// its value follows the forecast, and not the other way round. The workload is the
// ScaledObject of the trigger, if namespace and name are empty.
func (t Trigger) AsksFloor(metric string) (namespace, name string, asks bool) {
	switch t.Type {
	case external, externalPush:
		_, own, _ := strings.Cut(metric, "-")
		return "", "", own == FloorMetric
	case metricsAPI:
		u, err := url.Parse(t.Metadata["url"])
		if err != nil {
			return "", "", false
		}
		parts := strings.Split(strings.Trim(u.Path, "/"), "/")
		if n := len(parts) - 6; n >= 0 && strings.Join(parts[n:n+3], "/") == "api/v1/workloads" && parts[n+5] == "metric" {
			return parts[n+3], parts[n+4], true
		}
	}
	return "", "", false
}

// MayAskFloor reports whether a trigger is of a type that may, where it is not known
// how its metric is named.
func (t Trigger) MayAskFloor() bool { return t.Type == external || t.Type == externalPush }
