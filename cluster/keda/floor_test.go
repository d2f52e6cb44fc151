package keda

import "testing"

func TestATriggerThatAsksForAFloorIsKnown(t *testing.T) {
	f := func(kind, metric, url, want string, asks bool) {
		t.Helper()
		namespace, name, ok := Trigger{Type: kind, Metadata: map[string]string{"url": url, "scalerAddress": "any:8090"}}.AsksFloor(metric)
		if ok != asks || namespace+"/"+name != want {
			t.Errorf("%s, %s, %s: %s/%s %v", kind, metric, url, namespace, name, ok)
		}
	}
	f("external", "s1-highwater-floor", "", "/", true)
	f("external-push", "s12-highwater-floor", "", "/", true)
	f("external", "s1-orders", "", "/", false)
	f("external", "s1-my-highwater-floor", "", "/", false)
	f("kafka", "s1-highwater-floor", "", "/", false)
	f("metrics-api", "s0-metric-api-value", "http://highwater.highwater:8080/api/v1/workloads/shop/web/metric", "shop/web", true)
	f("metrics-api", "s0-metric-api-value", "https://example.org/highwater/api/v1/workloads/shop/web/metric?x=1", "shop/web", true)
	f("metrics-api", "s0-metric-api-value", "http://highwater:8080/api/v1/workloads/shop/web", "/", false)
	f("metrics-api", "s0-metric-api-value", "http://queues/api/v1/queues/shop/web/metric", "/", false)
	f("metrics-api", "s0-metric-api-value", "http://[::1/api/v1/workloads/shop/web/metric", "/", false)
	f("metrics-api", "s0-metric-api-value", "", "/", false)
}
