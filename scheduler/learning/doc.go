// Package learning learns what a pod of a workload carries from its history, and
// puts that, and the lead time that discovery learned, to use.
//
// Learner.Learn reads what is to be learned from, and waits for Prometheus; Apply
// and LeadTime are functions of their arguments.
package learning
