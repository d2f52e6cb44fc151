// Dashboards writes the Grafana dashboard of Highwater to standard output, as JSON.
//
//	go run . >../../charts/highwater/files/dashboard.json
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	built, err := highwater().Build()
	if err == nil {
		var text []byte
		if text, err = json.MarshalIndent(built, "", "  "); err == nil {
			_, err = fmt.Printf("%s\n", text)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "dashboards:", err)
		os.Exit(1)
	}
}
