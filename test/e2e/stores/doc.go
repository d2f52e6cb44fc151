// Package stores holds tests of history against the stores that speak the API of Prometheus, each really run: what they
// refuse, what they warn of, where a series ends, who is who.
//
// Nothing here needs a cluster. The folders beside this file pin the stores' versions; scripts/e2e-stores.sh builds them.
package stores
