// Package proofs has the proofs of workloads made, and lets floors wait for them.
//
// A Record is what a workload knows of its proof: whether a new one is due,
// whether the last one still holds, and what that means for its floors. A
// workload whose proof is due joins the Queue. Once it is its turn, its capacity
// is learned, what a replay needs is copied under the workload's lock, and the
// past is replayed without any. What comes of it counts from the next decision on.
package proofs
