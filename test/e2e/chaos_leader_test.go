package e2e

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A round of TestSleepingLeadersWriteNothing, in which one leader sleeps.
type sleepRound struct {
	sleeper, next      string // who slept, and who took over
	slept, taken, woke time.Time
	ended              time.Time
}

// TestSleepingLeadersWriteNothing stops the leader, as a frozen node or a throttled container does, until the standby
// leads, and wakes it up to 8 s later. With something to write all the time, none of its writes may reach the
// kube-apiserver while it does not hold the Lease.
func TestSleepingLeadersWriteNothing(t *testing.T) {
	chaos(t)
	const rounds = 20
	w, ka, kb := newReplicasWorld(t)
	replicas := map[string]*daemon{"a": serve(t, ka, w.prom.URL())}
	signal := func(who string, s syscall.Signal) {
		t.Helper()
		if err := replicas[who].cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	replicas["a"].ready(t)
	replicas["a"].awaitLeading(t, patience, true)
	replicas["b"] = serve(t, kb, w.prom.URL())
	replicas["b"].ready(t)
	t.Cleanup(func() { // or one that sleeps is not asked to end
		for _, d := range replicas {
			_ = d.cmd.Process.Signal(syscall.SIGCONT) // it may have ended
		}
	})
	w.raised(t)
	still := w.sway(t)
	defer still()
	time.Sleep(10 * time.Second)

	var history []sleepRound
	r := sleepRound{sleeper: "a", next: "b"}
	for i := range rounds {
		r.slept = time.Now()
		signal(r.sleeper, syscall.SIGSTOP)
		replicas[r.next].awaitLeading(t, patience, true)
		r.taken = time.Now()
		time.Sleep(time.Duration(i) * 8 * time.Second / (rounds - 1))
		r.woke = time.Now()
		signal(r.sleeper, syscall.SIGCONT)
		time.Sleep(9 * time.Second) // longer than a leader needs to see that it is none: 6 s and a look
		replicas[r.sleeper].awaitLeading(t, patience, false)
		r.ended = time.Now()
		history = append(history, r)
		r.sleeper, r.next = r.next, r.sleeper
	}
	still()

	list := w.deeds(t)
	trespassing := trespasses(list)
	failed, idle := 0, 0
	var takeovers []time.Duration
	for i, r := range history {
		in := func(d deed) bool { return d.At.After(r.slept) && d.At.Before(r.ended) }
		var strays, work int
		for _, d := range trespassing {
			if in(d) {
				strays++
			}
		}
		var end time.Duration // of the writes of the one that woke
		for _, d := range list {
			switch {
			case !in(d) || d.lease || d.Code/100 != 2:
			case d.who == r.next:
				work++
			case d.At.After(r.woke):
				end = d.At.Sub(r.woke)
			}
		}
		if strays > 0 {
			failed++
		}
		if work == 0 {
			idle++
		}
		takeovers = append(takeovers, r.taken.Sub(r.slept))
		t.Logf("round %2d: %s sleeps, %s leads after %s, %s wakes %s later: %d writes without the Lease, the last %s after waking; %d by %s meanwhile",
			i+1, r.sleeper, r.next, r.taken.Sub(r.slept).Round(100*time.Millisecond), r.sleeper, r.woke.Sub(r.taken).Round(100*time.Millisecond),
			strays, end.Round(100*time.Millisecond), work, r.next)
	}
	slices.Sort(takeovers)
	t.Logf("the standby led %s to %s after the leader fell asleep", takeovers[0].Round(100*time.Millisecond), takeovers[rounds-1].Round(100*time.Millisecond))
	bar(t, idle == 0, "in %d of %d rounds the new leader wrote nothing; in each it has to, or the test shows nothing", idle, rounds)
	bar(t, len(trespassing) == 0, "%d writes by a replica without the Lease, in %d of %d rounds; none may be", len(trespassing), failed, rounds)
	if len(trespassing) == 0 {
		if got, want := shifts(t, list), strings.Repeat("ab", rounds/2)+"a"; got != want {
			t.Errorf("the shifts were %s, not %s", got, want)
		}
	}
}

// trespasses lists the writes of floors and statuses by a replica that did not hold the Lease. The audit log has no
// bodies: it is held by who wrote it last.
func trespasses(list []deed) (strays []deed) {
	holder := ""
	for _, d := range list {
		switch {
		case d.Code/100 != 2:
		case d.lease:
			holder = d.who
		case d.who != holder:
			strays = append(strays, d)
		}
	}
	return strays
}
