// Package advice tells the user of an HPA what to change in the HPA itself.
//
// Highwater sets floors and nothing else. Much that an HPA lacks is no matter
// of floors: a target that wastes pods, a ceiling in the way, a window that
// makes replicas flap, a baseline that no night ever needed. The history that
// proves floors proves these too: each advice is a comparison of two replays
// of the same past (package simulate), one with the HPA as it is and one with
// a single field changed, and tells what came of both in pod-hours and short
// minutes. No rule of thumb becomes an advice unless a replay bears it out.
//
//	report, err := advice.Examine(advice.Input{Case: c}, nil)
//	for _, a := range report.Advice {
//		fmt.Println(a.Field, a.Now, "→", a.Better, a.Why)
//	}
//
// There is no clock, context or logger here; long work calls a function that
// may end it.
package advice
