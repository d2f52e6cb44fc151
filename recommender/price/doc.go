// Package price says what an hour of a pod costs, and where that is known from:
// OpenCost's costs of the nodes, or what the user has configured. It is the only
// place that decides so; plans, proofs and advice take a [Price] as it is.
//
//	b := price.New(price.Rates{Pod: 0.04}, "EUR")
//	b, left := b.WithNodes(costs, 24*time.Hour) // left: what could not be used, in words
//	p, err := b.Of(price.Pod{CPU: 0.5, Memory: 1 << 30, Nodes: []string{"a"}})
//
// A pod costs what it requests, whether or not it uses it. A price that is not
// known is no price: nothing costs 0.
package price
