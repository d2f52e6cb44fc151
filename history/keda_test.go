package history

import (
	"strings"
	"testing"
)

func TestDeriveTrigger(t *testing.T) {
	web := Target{Namespace: "shop", Kind: "Deployment", Name: "web"}
	g := Trigger{Field: "spec.triggers[2] (kafka)", Index: 2, ScaledObject: "web-so", TargetType: AverageValue}
	q, err := DeriveTrigger(g, web)
	if err != nil || q.From != g.Field || len(q.Else) != 1 ||
		q.Expr != `max(keda_scaler_metrics_value{exported_namespace="shop",scaledObject="web-so",triggerIndex="2"})` ||
		q.Else[0] != `max(keda_scaler_metrics_value{namespace="shop",scaledObject="web-so",triggerIndex="2"})` {
		t.Errorf("%+v, %v", q, err)
	}
	g.TargetType = Value
	q, err = DeriveTrigger(g, web)
	ready := ` * max(kube_deployment_status_replicas_ready{deployment="web",namespace="shop"})`
	if err != nil || !strings.HasSuffix(q.Expr, ready) || !strings.HasSuffix(q.Else[0], ready) {
		t.Errorf("%+v, %v", q, err)
	}
	for _, expr := range append([]string{q.Expr}, q.Else...) {
		if _, err := Parser().ParseExpr(expr); err != nil {
			t.Errorf("%s: %v", expr, err)
		}
	}
	// The pods of a Rollout are counted.
	q, err = DeriveTrigger(g, Target{Namespace: "shop", Kind: "Rollout", Name: "web"})
	if err != nil || !strings.Contains(q.Expr, `) * sum(max by (pod) (kube_pod_status_ready{condition="true",namespace="shop",pod=~"web-`) {
		t.Errorf("%+v, %v", q, err)
	}
	// A query with a comment keeps its meaning beside the ready pods.
	g.Query = "orders # all of them"
	if q, err = DeriveTrigger(g, web); err != nil {
		t.Fatal(err)
	}
	if _, err := Parser().ParseExpr(q.Expr); err != nil {
		t.Errorf("%s: %v", q.Expr, err)
	}
}
