package progress

import (
	"context"
	"fmt"
	"io"
	"time"
)

// A Backtest is the progress of a backtest.
type Backtest struct {
	*line
	files, filesDone     int
	origins, originsDone int
}

// NewBacktest begins to tell of so many files.
func NewBacktest(out io.Writer, files int) *Backtest {
	return &Backtest{line: newLine(out), files: files}
}

// Expect adds n origins to what there is to do.
func (p *Backtest) Expect(n int) { p.add(func() { p.origins += n }) }

// Origin notes that one origin is done.
func (p *Backtest) Origin() { p.add(func() { p.originsDone++ }) }

// File notes that a file is done.
func (p *Backtest) File() { p.add(func() { p.filesDone++ }) }

func (p *Backtest) add(change func()) {
	p.note(change, func(taken time.Duration) string {
		return fmt.Sprintf("%d of %d files done, %d of %d origins of those read, %s", p.filesDone, p.files, p.originsDone, p.origins, taken)
	})
}

// A Plan is the progress of a plan.
type Plan struct {
	*line
	what  string
	n, of int
}

// NewPlan tells nothing before something is counted.
func NewPlan(out io.Writer) *Plan { return &Plan{line: newLine(out)} }

// Counting returns what begins to count workloads that are read, or planned, and
// gives what counts one.
func (p *Plan) Counting(what string) func(of int) (done func()) {
	return func(of int) func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.what, p.n, p.of = what, 0, of
		return p.done
	}
}

func (p *Plan) done() {
	p.note(func() { p.n++ }, func(time.Duration) string { return fmt.Sprintf("%s %d of %d workloads", p.what, p.n, p.of) })
}

// A Replay is the progress of a replay.
type Replay struct {
	*line
	ctx context.Context
}

// NewReplay tells until ctx is done.
func NewReplay(ctx context.Context, out io.Writer) *Replay { return &Replay{newLine(out), ctx} }

// Tick is a proof.Tick: it ends the replay once the context is done.
func (p *Replay) Tick(done float64) error {
	p.note(func() {}, func(taken time.Duration) string { return fmt.Sprintf("%.0f %% replayed, %s", 100*done, taken) })
	return p.ctx.Err()
}
