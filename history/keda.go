package history

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// A Trigger is one of a ScaledObject of KEDA, without KEDA's types.
type Trigger struct {
	Field        string // "spec.triggers[0] (kafka)"
	Index        int
	ScaledObject string
	Query        string     // of a prometheus trigger; empty for all others
	TargetType   TargetType // AverageValue or Value
}

// kedaMetric is what KEDA's operator exports of each trigger that it reads.
const kedaMetric = "keda_scaler_metrics_value"

// DeriveTrigger is Derive for a trigger of the ScaledObject that scales t: its own
// query, or else what KEDA's operator exports of it. That has the namespace of the
// ScaledObject in another label where the scrape does not honor labels.
func DeriveTrigger(g Trigger, t Target) (Query, error) {
	q := Query{From: g.Field}
	list := []string{g.Query}
	if g.Query == "" {
		list = list[:0]
		for _, label := range []string{"exported_namespace", "namespace"} {
			on := []*labels.Matcher{equal(label, t.Namespace), equal("scaledObject", g.ScaledObject), equal("triggerIndex", strconv.Itoa(g.Index))}
			// After a restart the old operator's lasts for some minutes beside the new one's.
			list = append(list, "max("+selector(kedaMetric, on...)+")")
		}
	}
	if err := ofOne(list, g.TargetType == Value); err != nil {
		return q, err
	}
	if g.TargetType == Value {
		perReadyPod(list, t)
	}
	q.Expr = list[0]
	if len(list) > 1 {
		q.Else = list[1:]
	}
	return q, nil
}

// ofOne makes vectors of what queries give, as KEDA takes a scalar, too; those that
// are multiplied lose their labels.
func ofOne(list []string, multiplied bool) error {
	for i, expr := range list {
		tree, err := Parser().ParseExpr(expr)
		if err != nil {
			return fmt.Errorf("its query is no PromQL: %w; mend it, or set spec.load.query in a FloorPolicy", err)
		}
		switch t := tree.Type(); {
		case t == parser.ValueTypeScalar:
			list[i] = "vector(" + tree.String() + ")" // without comments, which would end it
		case t != parser.ValueTypeVector:
			return errors.New("its query gives a " + parser.DocumentedType(t) + " and not one number: mend it, or set spec.load.query in a FloorPolicy")
		case multiplied:
			list[i] = "sum(" + tree.String() + ")"
		}
	}
	return nil
}
