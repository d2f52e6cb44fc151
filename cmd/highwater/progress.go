package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// A statusLine tells how far long work has come: on a terminal as one line that
// is written over, elsewhere as a line every ten seconds. Work that is done
// before the first is due says nothing. Many goroutines may report to it.
type statusLine struct {
	mu       sync.Mutex
	out      io.Writer
	terminal bool
	began    time.Time
	next     time.Time
	shown    bool
}

func newStatusLine(out io.Writer) *statusLine {
	s := &statusLine{out: out, began: time.Now(), terminal: isTerminal(out)}
	s.next = s.began.Add(s.every())
	return s
}

// isTerminal reports whether w is one, or another device that shows characters.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (s *statusLine) every() time.Duration {
	if s.terminal {
		return 250 * time.Millisecond
	}
	return 10 * time.Second
}

// note changes what is counted, and shows it if a line is due. No two run at
// once. taken is how long the work has gone on.
func (s *statusLine) note(change func(), line func(taken time.Duration) string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	now := time.Now()
	if now.Before(s.next) {
		return
	}
	s.next, s.shown = now.Add(s.every()), true
	if s.terminal {
		fmt.Fprintf(s.out, "\r\x1b[K%s", line(now.Sub(s.began).Round(time.Second)))
		return
	}
	fmt.Fprintln(s.out, line(now.Sub(s.began).Round(time.Second)))
}

// clear takes the line off the terminal again.
func (s *statusLine) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.terminal && s.shown {
		fmt.Fprint(s.out, "\r\x1b[K")
	}
	s.shown = false
}

// A progress is that of a backtest.
type progress struct {
	*statusLine
	files, filesDone     int
	origins, originsDone int
}

func newProgress(out io.Writer, files int) *progress {
	return &progress{statusLine: newStatusLine(out), files: files}
}

// expect adds n origins to what there is to do.
func (p *progress) expect(n int) { p.add(func() { p.origins += n }) }

// origin notes that one origin is done.
func (p *progress) origin() { p.add(func() { p.originsDone++ }) }

// file notes that a file is done.
func (p *progress) file() { p.add(func() { p.filesDone++ }) }

func (p *progress) add(change func()) {
	p.note(change, func(taken time.Duration) string {
		return fmt.Sprintf("%d of %d files done, %d of %d origins of those read, %s", p.filesDone, p.files, p.originsDone, p.origins, taken)
	})
}

// A planProgress is that of a plan.
type planProgress struct {
	*statusLine
	what  string
	n, of int
}

func newPlanProgress(out io.Writer) *planProgress {
	return &planProgress{statusLine: newStatusLine(out)}
}

// begin starts to count workloads that are read, or planned.
func (p *planProgress) begin(what string, of int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.what, p.n, p.of = what, 0, of
}

// done counts one.
func (p *planProgress) done() {
	p.note(func() { p.n++ }, func(time.Duration) string { return fmt.Sprintf("%s %d of %d workloads", p.what, p.n, p.of) })
}

// A replayBar is the progress of a replay.
type replayBar struct {
	*statusLine
	ctx context.Context
}

func newReplayBar(ctx context.Context, out io.Writer) *replayBar {
	return &replayBar{newStatusLine(out), ctx}
}

// tick is a replay.Tick.
func (b *replayBar) tick(done float64) error {
	b.note(func() {}, func(taken time.Duration) string { return fmt.Sprintf("%.0f %% replayed, %s", 100*done, taken) })
	return b.ctx.Err()
}
