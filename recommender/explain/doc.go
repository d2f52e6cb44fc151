// Package explain puts decisions into words, and numbers into text.
//
// What binds a floor is a Cause. Each has words of its own, made from the
// values that bound it: a Floor holds those values, its Message is the sentence
// that the API, the page, the Event, the status and the command line show, and
// its Notes go with the stages. A message is a claim: each time in it that is
// said to come lies after Floor.Now, and each number is one that was decided by.
//
// The package knows nothing of the project, so that whatever makes a decision
// can use it:
//
//	f := explain.Floor{Now: now, Floor: 9, Baseline: 2, Aim: explain.Hold, …}
//	f.Message() // floor 9 (baseline 2): …; a floor of this size counts as needed until …
package explain
