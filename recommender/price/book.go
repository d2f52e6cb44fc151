package price

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// A Book knows rates: those of nodes, and those that the user has configured.
// What nodes cost comes first.
type Book struct {
	configured Rates
	currency   string

	nodes map[string]Rates
	mean  Rates // over nodes
	span  time.Duration
}

// New returns a Book of what is configured. Rates that Check refuses are the
// caller's to refuse.
func New(configured Rates, currency string) *Book {
	return &Book{configured: configured, currency: currency}
}

// DollarsIfUnset is the currency of OpenCost where it is not configured.
const DollarsIfUnset = "USD"

// A Node is what OpenCost says that a node costs, on average over some time.
type Node struct {
	Name          string
	CPU, GiB, GPU float64 // of an hour; NaN if OpenCost does not say it
}

// WithNodes returns a Book that knows what nodes cost, too, on average over span.
// A node whose cost of a core or of memory cannot be one is left out; left says
// so, in one sentence, and is empty if all are well. Without any node it is the
// Book of what is configured.
func (b *Book) WithNodes(list []Node, span time.Duration) (_ *Book, left string) {
	out := &Book{configured: b.configured, currency: b.currency, nodes: map[string]Rates{}, span: span}
	var bad []string
	for _, n := range list {
		if why := n.wrong(); why != "" {
			bad = append(bad, why)
			continue
		}
		r := Rates{CPU: n.CPU, GiB: n.GiB}
		if Check(n.GPU) == nil {
			r.GPU = n.GPU
		}
		out.nodes[n.Name] = r
	}
	out.mean = out.meanOf(slices.Sorted(maps.Keys(out.nodes)))
	if len(bad) == 0 {
		return out, ""
	}
	slices.Sort(bad)
	left = bad[0]
	if len(bad) > 1 {
		left += fmt.Sprintf(", and so it is with %d more of %d nodes", len(bad)-1, len(list))
	}
	if len(out.nodes) == 0 {
		return out, left + ": no price is taken from OpenCost"
	}
	return out, left + ": prices are made without"
}

// wrong says what is wrong with a node's costs.
func (n Node) wrong() string {
	for _, m := range []struct {
		metric string
		v      float64
	}{{"node_cpu_hourly_cost", n.CPU}, {"node_ram_hourly_cost", n.GiB}} {
		if err := Check(m.v); err != nil {
			return fmt.Sprintf("%s of node %s is %v, which is no cost (%v)", m.metric, n.Name, m.v, err)
		}
	}
	if n.GPU < 0 || n.GPU > Most {
		return fmt.Sprintf("node_gpu_hourly_cost of node %s is %v, which is no cost", n.Name, n.GPU)
	}
	return ""
}

// meanOf is the mean over the nodes of pods that are known, each as often as it
// is named. A GPU costs the mean over the nodes that have some.
func (b *Book) meanOf(names []string) Rates {
	var sum Rates
	n, gpus := 0.0, 0.0
	for _, name := range names {
		r, ok := b.nodes[name]
		if !ok {
			continue
		}
		n++
		sum.CPU, sum.GiB = sum.CPU+r.CPU, sum.GiB+r.GiB
		if r.GPU > 0 {
			gpus++
			sum.GPU += r.GPU
		}
	}
	if n == 0 {
		return Rates{}
	}
	sum.CPU, sum.GiB = sum.CPU/n, sum.GiB/n
	if gpus > 0 {
		sum.GPU /= gpus
	}
	return sum
}

// Empty says that the book has no price for anything, so that nothing needs to be
// known of pods.
func (b *Book) Empty() bool { return b == nil || len(b.nodes) == 0 && b.configured.IsZero() }

// Of returns the price of a pod. Without any rate there is none, and no error; an
// error says why there is none although there are rates.
func (b *Book) Of(p Pod) (Price, error) {
	if b.Empty() {
		return Price{}, nil
	}
	var why error
	if len(b.nodes) > 0 {
		rates, n := b.mean, len(b.nodes)
		if own := b.meanOf(p.Nodes); !own.IsZero() {
			rates, n = own, b.known(p.Nodes)
		}
		currency := b.currency
		if currency == "" {
			currency = DollarsIfUnset
		}
		price, err := requested(p, rates, currency, fmt.Sprintf("OpenCost's mean of %s over %s", nodes(n), hours(b.span)))
		if err == nil {
			return price, nil
		}
		why = err
	}
	switch c := b.configured; {
	case c.Pod > 0:
		return Price{PodHour: c.Pod, Currency: b.currency, Source: "as configured (price.podHour)"}, nil
	case !c.IsZero():
		return requested(p, c, b.currency, "of what it requests, as configured ("+strings.Join(c.keys(), ", ")+")")
	}
	return Price{}, why
}

// requested is the price of what a pod requests.
func requested(p Pod, r Rates, currency, source string) (Price, error) {
	const gib = 1 << 30
	switch {
	case !(p.CPU > 0) && !(p.Memory > 0) && !(p.GPU > 0):
		return Price{}, errors.New("it is not known that its pods request CPU or memory, which is what has a price")
	case p.GPU > 0 && r.GPU == 0:
		return Price{}, errors.New("its pods request GPUs, and the price of a GPU is not known")
	}
	price := Price{PodHour: p.CPU*r.CPU + p.Memory/gib*r.GiB + p.GPU*r.GPU, Currency: currency, Source: source}
	if err := Check(price.PodHour); err != nil {
		return Price{}, fmt.Errorf("an hour of its pods would cost %v (%s), which is no price: %w", price.PodHour, source, err)
	}
	return price, nil
}

func (r Rates) keys() (keys []string) {
	for _, k := range []struct {
		name string
		v    float64
	}{{"price.cpuHour", r.CPU}, {"price.gibHour", r.GiB}, {"price.gpuHour", r.GPU}} {
		if k.v > 0 {
			keys = append(keys, k.name)
		}
	}
	return keys
}

// known counts the nodes of the book among names.
func (b *Book) known(names []string) int {
	seen := map[string]bool{}
	for _, name := range names {
		if _, ok := b.nodes[name]; ok {
			seen[name] = true
		}
	}
	return len(seen)
}

func nodes(n int) string {
	if n == 1 {
		return "1 node"
	}
	return fmt.Sprintf("%d nodes", n)
}

func hours(d time.Duration) string { return fmt.Sprintf("%.0f h", d.Hours()) }
