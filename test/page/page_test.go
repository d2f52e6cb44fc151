package page

import "testing"

// A scenario is one thing that a reader does.
type scenario struct {
	name string
	run  func(*testing.T, *browser, *server)
}

var scenarios = []scenario{
	{"the fleet lists every workload with floor, baseline and reason", fleetListsAll},
	{"the filter leaves the workloads that contain it", filterNarrows},
	{"the mode leaves the workloads in it", modeNarrows},
	{"a heading sorts by its column", headingSorts},
	{"the name of a workload opens it", nameOpensWorkload},
	{"keys alone open a workload", keysOpenWorkload},
	{"both plots are drawn", plotsAreDrawn},
	{"the legend says what is under the cursor", legendFollowsCursor},
	{"the floor plot grows a past", floorPlotGrowsPast},
	{"the decision is told step by step", decisionIsTold},
	{"a set floor shows its lease", leaseIsShown},
	{"the proof is told with its policies", proofIsTold},
	{"the fleet says what was proven", fleetTellsProofs},
	{"what a pod carries is told with what was assumed", capacityIsTold},
	{"advice comes when it is asked for", adviceComes},
	{"a plan runs to its end", planRuns},
	{"a plan can be cancelled", planIsCancelled},
	{"a plan that makes no sense says why", planRefused},
	{"fresh data keeps the zoom", freshDataKeepsZoom},
	{"a window of another size draws the plots again", resizedPlots},
	{"a workload that is not there says so", unknownWorkload},
	{"a page that leads nowhere says so", unknownPage},
	{"a lost server is told, and its return too", serverLostAndFound},
	{"a standby behind a proxy says what it is", standbyBehindProxy},
	{"a workload without data stays readable", workloadWithoutData},
	{"light, wide", looks(false, 1400)},
	{"light, narrow", looks(false, 390)},
	{"dark, wide", looks(true, 1400)},
	{"dark, narrow", looks(true, 390)},
	{"a tab notices what is wrong in a page", tabNoticesFaults},
}

func TestPage(t *testing.T) {
	if testing.Short() {
		t.Skip("drives a browser for half a minute; run it without -short")
	}
	program := chromium(t)
	s := startServer(t, build(t), "127.0.0.1:0")
	b := launch(t, program)
	for _, c := range scenarios {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, b, s)
		})
	}
}
