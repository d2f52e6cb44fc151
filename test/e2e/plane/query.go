package plane

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/api"
	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// API returns the official client of the Prometheus.
func (p *Prometheus) API(t testing.TB) promv1.API {
	t.Helper()
	client, err := p.client()
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// Query evaluates a PromQL expression now. Its values are what MetricsSource.External returns, so that the HPA reacts to
// what this Prometheus has scraped.
func (p *Prometheus) Query(ctx context.Context, promQL string) ([]ExternalValue, error) {
	client, err := p.client()
	if err != nil {
		return nil, err
	}
	result, _, _, err := client.Query(ctx, promQL, time.Now())
	if err != nil {
		return nil, fmt.Errorf("query %q: %w", promQL, err)
	}
	vector, ok := result.(model.Vector)
	if !ok {
		return nil, fmt.Errorf("query %q: a %s, not a vector", promQL, result.Type())
	}
	var values []ExternalValue
	for _, s := range vector {
		labels := map[string]string{}
		for name, value := range s.Metric {
			labels[string(name)] = string(value)
		}
		values = append(values, ExternalValue{Labels: labels, Value: float64(s.Value)})
	}
	return values, nil
}

func (p *Prometheus) client() (promv1.API, error) {
	client, err := api.NewClient(api.Config{Address: p.URL(), Client: p.HTTPClient()})
	if err != nil {
		return nil, fmt.Errorf("client of prometheus: %w", err)
	}
	return promv1.NewAPI(client), nil
}
