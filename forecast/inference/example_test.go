package inference_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/inference"
)

// A server with a model that has seen the load double from one hour to the next.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			fmt.Fprint(w, `{"name": "doubling", "inputs": [{"name": "history", "datatype": "FP32", "shape": [-1, 2]}]}`)
			return
		}
		fmt.Fprint(w, `{"outputs": [{"name": "forecast", "datatype": "FP32", "shape": [1, 3], "data": [80, 160, 320]}]}`)
	}))
	defer server.Close()

	expert, err := inference.New(inference.Config{URL: server.URL, Model: "doubling", Length: 2, Step: time.Hour})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer expert.Close()
	history := forecast.Series{Start: time.Now().Add(-3 * time.Hour), Step: time.Hour, Values: []float64{10, 20, 40}}

	paths, err := expert.Forecast(context.Background(), []forecast.Series{history}, 2)
	fmt.Println(expert.Name(), paths, err)

	_, err = expert.Forecast(context.Background(), []forecast.Series{history}, 24)
	fmt.Println(inference.KindOf(err))
	// Output:
	// doubling [[80 160]] <nil>
	// Mismatch
}
