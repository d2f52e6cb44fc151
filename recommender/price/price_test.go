package price

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

const day, gib = 24 * time.Hour, 1 << 30

// Two pods on a, one on b: a core costs (2*0.03+0.06)/3, a GiB (2*0.004+0.007)/3.
var cluster = []Node{{"a", 0.03, 0.004, 0}, {"b", 0.06, 0.007, math.NaN()}, {"gpu", 0.09, 0.01, 2}}

func TestAPodCostsWhatItRequestsOnItsNodes(t *testing.T) {
	for _, c := range []struct {
		name       string
		configured Rates
		currency   string
		nodes      []Node
		pod        Pod
		want, no   string
	}{
		{"nothing is known", Rates{}, "EUR", nil, Pod{CPU: 1}, "", ""},
		{"on its nodes", Rates{}, "", cluster, Pod{CPU: 0.5, Memory: 2 * gib, Nodes: []string{"a", "a", "b"}},
			"0.030 USD per pod-hour, OpenCost's mean of 2 nodes over 24 h", ""},
		{"on nodes that OpenCost does not know", Rates{}, "EUR", cluster, Pod{CPU: 1, Nodes: []string{"new"}},
			"0.060 EUR per pod-hour, OpenCost's mean of 3 nodes over 24 h", ""},
		{"with a GPU", Rates{}, "USD", cluster, Pod{CPU: 1, GPU: 2, Nodes: []string{"gpu"}},
			"4.09 USD per pod-hour, OpenCost's mean of 1 node over 24 h", ""},
		{"with a GPU on nodes without", Rates{}, "USD", cluster, Pod{CPU: 1, GPU: 1, Nodes: []string{"a"}}, "", "the price of a GPU is not known"},
		{"OpenCost comes first", Rates{Pod: 9}, "USD", cluster, Pod{CPU: 1, Nodes: []string{"a"}}, "0.030 USD per pod-hour, OpenCost's mean of 1 node over 24 h", ""},
		{"what is configured stands in", Rates{Pod: 0.04}, "", cluster, Pod{}, "0.040 per pod-hour, as configured (price.podHour)", ""},
		{"of what it requests", Rates{CPU: 0.03, GiB: 0.004}, "EUR", nil, Pod{CPU: 2, Memory: gib}, "0.064 EUR per pod-hour, of what it requests, as configured (price.cpuHour, price.gibHour)", ""},
		{"it requests nothing", Rates{CPU: 0.03}, "EUR", nil, Pod{}, "", "request CPU or memory"},
		{"only what has no rate", Rates{CPU: 0.03}, "EUR", nil, Pod{Memory: gib}, "", "it is 0"},
		{"an absurd request", Rates{CPU: 1e6}, "EUR", nil, Pod{CPU: 64}, "", "more than 1000000 for an hour"},
	} {
		b, left := New(c.configured, c.currency).WithNodes(c.nodes, day)
		got, err := b.Of(c.pod)
		switch {
		case left != "" || got.String() != c.want:
			t.Errorf("%s: %q, want %q (%s)", c.name, got, c.want, left)
		case c.no == "" && err != nil, c.no != "" && (err == nil || !strings.Contains(err.Error(), c.no)):
			t.Errorf("%s: %v, want %q", c.name, err, c.no)
		case got.Known() != (c.want != ""):
			t.Errorf("%s: known %t", c.name, got.Known())
		}
	}
}

func TestWhatIsNoCostIsLeftOut(t *testing.T) {
	for _, bad := range []float64{0, -1, math.NaN(), math.Inf(1), 1e9} {
		b, left := New(Rates{}, "").WithNodes([]Node{{"a", 0.03, 0.004, 0}, {"b", bad, 0.004, 0}, {"c", 0.03, bad, 0}}, day)
		p, err := b.Of(Pod{CPU: 1, Nodes: []string{"b", "c"}})
		if err != nil || p.PodHour != 0.03 || p.Source != "OpenCost's mean of 1 node over 24 h" {
			t.Errorf("%v: %+v, %v", bad, p, err)
		}
		if want := fmt.Sprintf("node_cpu_hourly_cost of node b is %v", bad); !strings.Contains(left, want) || !strings.Contains(left, "1 more of 3 nodes: prices are made without") {
			t.Errorf("%v: %q", bad, left)
		}
		b, left = New(Rates{Pod: 2}, "EUR").WithNodes([]Node{{"b", bad, 0.004, 0}}, day)
		if p, err := b.Of(Pod{CPU: 1}); err != nil || p.PodHour != 2 || !strings.Contains(left, "no price is taken from OpenCost") {
			t.Errorf("%v: %+v, %v, %q", bad, p, err, left)
		}
	}
}

func TestMoneyIsWrittenForPeople(t *testing.T) {
	for x, want := range map[float64]string{0.0412: "0.041", 12.345: "12.35", -0.5: "-0.50", 0: "0.00", 1234.5: "1234.50", 0.000012: "0.000012", 0.1: "0.10"} {
		if got := Amount(x, ""); got != want {
			t.Errorf("%v is %q, want %q", x, got, want)
		}
	}
}
