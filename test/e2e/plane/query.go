package plane

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/api"
	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// API returns the official client of the Prometheus.
func (p *Prometheus) API(t testing.TB) promv1.API {
	t.Helper()
	client, err := clientOf(p.URL(), p.HTTPClient())
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// Query evaluates a PromQL expression now. Its values are what MetricsSource.External returns, so that the HPA reacts to
// what this Prometheus has scraped.
func (p *Prometheus) Query(ctx context.Context, promQL string) ([]ExternalValue, error) {
	return query(ctx, p.URL(), p.HTTPClient(), promQL)
}

// query evaluates a PromQL expression now, in whatever speaks the API of Prometheus at an address.
func query(ctx context.Context, address string, by *http.Client, promQL string) ([]ExternalValue, error) {
	client, err := clientOf(address, by)
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

func clientOf(address string, by *http.Client) (promv1.API, error) {
	client, err := api.NewClient(api.Config{Address: address, Client: by})
	if err != nil {
		return nil, fmt.Errorf("client of %s: %w", address, err)
	}
	return promv1.NewAPI(client), nil
}
