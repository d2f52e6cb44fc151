package externalmodels

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
)

type forecaster struct{}

func (forecaster) Forecast(context.Context, []forecast.Series, int) ([][]float64, error) {
	return nil, nil
}

func TestOnlyTheLoadsThatMatchAreAskedAbout(t *testing.T) {
	key := workload.Key{Namespace: "shop", Name: "web"}
	f := func(want bool, patterns ...string) {
		t.Helper()
		if got := (Model{Loads: patterns}).matches(key, "requests/s"); got != want {
			t.Errorf("%q: %v", patterns, got)
		}
	}
	f(true)
	f(true, "shop/web")
	f(true, "shop/*")
	f(true, "cart/*", "*/w?b")
	f(true, "*/*/*")
	f(true, "shop/web/requests_s")
	f(false, "shop/web/cpu")
	f(false, "shop/w")
	f(false, "cart/*", "shop/api")
	for _, bad := range []string{"", "shop", "a/b/c/d", "shop/[a"} {
		if CheckPattern(bad) == nil {
			t.Errorf("%q is taken for a pattern", bad)
		}
	}
}

func TestModelsAreValidated(t *testing.T) {
	good := Model{Forecaster: forecaster{}, Name: "oracle", History: time.Hour, Timeout: 30 * time.Second}
	f := func(says string, change func(*Model)) {
		t.Helper()
		m := good
		change(&m)
		if err := Validate([]Model{m}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v does not say %q", err, says)
		}
	}
	f("name", func(m *Model) { m.Name = "" })
	f("forecaster", func(m *Model) { m.Forecaster = nil })
	f(`"oracle": history`, func(m *Model) { m.History = 0 })
	f("horizon", func(m *Model) { m.Horizon = -1 })
	f("timeout", func(m *Model) { m.Timeout = 0 })
	f("every", func(m *Model) { m.Every = -1 })
	f("namespace/name", func(m *Model) { m.Loads = []string{"web"} })
	if err := Validate([]Model{good, good}); err == nil || !strings.Contains(err.Error(), "two of this name") {
		t.Error(err)
	}
	if err := Validate([]Model{good}); err != nil {
		t.Error(err)
	}
}
