// Package discovery finds the workloads: it reads every HorizontalPodAutoscaler
// together with the FloorPolicy that names it, and says for each what its load
// is, what one pod carries of it, and what its owner has to mend.
//
// Describe is that sentence as a pure function. Cluster is the thin shell of
// informers around it:
//
//	c := discovery.New(client, dynamicClient, discovery.Options{})
//	go c.Run(ctx)
//	if err := c.WaitForSync(ctx); err != nil { … }
//	workloads, err := c.Workloads(ctx)
//
// A StatusWriter tells the policies what was decided.
package discovery
