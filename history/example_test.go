package history_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/history/embedded"
)

// The load behind an HPA's metric, read from Prometheus data without a server.
func Example() {
	db, err := embedded.NewDB("", embedded.Options{}) // or OpenDB, or history.NewClient(history.ClientOptions{URL: …})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	for pod, csv := range map[string]string{
		"web-7f9c8d5b6-x2k4z":     "timestamp,value\n0,3\n60,4\n180,5\n",
		"web-7f9c8d5b6-b6t9w":     "timestamp,value\n0,1\n60,1\n120,\n180,1\n",
		"web-api-5d4f7c9b8-q8z2x": "timestamp,value\n0,70\n60,70\n180,70\n",
	} {
		if _, err := db.LoadCSV(fmt.Sprintf(`queue_length{namespace="shop",pod=%q}`, pod), strings.NewReader(csv)); err != nil {
			fmt.Println(err)
			return
		}
	}

	query, err := history.Derive(
		history.Metric{Kind: history.Pods, Name: "queue_length", TargetType: history.AverageValue},
		history.Target{Namespace: "shop", Kind: "Deployment", Name: "web"}, history.DeriveOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	start := time.Unix(0, 0).UTC()
	result, err := history.NewReader(db, history.ReaderOptions{}).Read(context.Background(), query, start, start.Add(3*time.Minute), time.Minute)
	fmt.Println(result.Series.Values, err) // one pod did not report at 2m, so the load is not known

	_, err = history.NewReader(db, history.ReaderOptions{}).Read(context.Background(), history.Query{Expr: "queue_length"}, start, start, time.Minute)
	fmt.Println(history.KindOf(err))
	// Output:
	// [4 5 NaN 6] <nil>
	// ManySeries
}
