package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// A progress tells how far long work has come: on a terminal as one line that
// is written over, elsewhere as a line every ten seconds. Work that is done
// before the first is due says nothing. Many goroutines may report to it.
type progress struct {
	mu       sync.Mutex
	out      io.Writer
	terminal bool
	began    time.Time
	next     time.Time
	shown    bool

	files, filesDone     int
	origins, originsDone int
}

func newProgress(out io.Writer, files int) *progress {
	p := &progress{out: out, files: files, began: time.Now(), terminal: isTerminal(out)}
	p.next = p.began.Add(p.every())
	return p
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

func (p *progress) every() time.Duration {
	if p.terminal {
		return 250 * time.Millisecond
	}
	return 10 * time.Second
}

// expect adds n origins to what there is to do.
func (p *progress) expect(n int) { p.add(func() { p.origins += n }) }

// origin notes that one origin is done.
func (p *progress) origin() { p.add(func() { p.originsDone++ }) }

// file notes that a file is done.
func (p *progress) file() { p.add(func() { p.filesDone++ }) }

func (p *progress) add(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	now := time.Now()
	if now.Before(p.next) {
		return
	}
	p.next, p.shown = now.Add(p.every()), true
	line := fmt.Sprintf("%d of %d files done, %d of %d origins of those read, %s", p.filesDone, p.files, p.originsDone, p.origins,
		now.Sub(p.began).Round(time.Second))
	if p.terminal {
		fmt.Fprintf(p.out, "\r\x1b[K%s", line)
		return
	}
	fmt.Fprintln(p.out, line)
}

// clear takes the line off the terminal again.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal && p.shown {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
