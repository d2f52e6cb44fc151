// Package progress tells on a terminal, or in a log, how far long work has come.
package progress

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// A line tells how far long work has come: on a terminal as one line that
// is written over, elsewhere as a line every ten seconds. Work that is done
// before the first is due says nothing. Many goroutines may report to it.
type line struct {
	mu       sync.Mutex
	out      io.Writer
	terminal bool
	began    time.Time
	next     time.Time
	shown    bool
}

func newLine(out io.Writer) *line {
	s := &line{out: out, began: time.Now(), terminal: isTerminal(out)}
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

func (s *line) every() time.Duration {
	if s.terminal {
		return 250 * time.Millisecond
	}
	return 10 * time.Second
}

// note changes what is counted, and shows it if a line is due. No two run at
// once. taken is how long the work has gone on.
func (s *line) note(change func(), line func(taken time.Duration) string) {
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

// Clear takes the line off the terminal again.
func (s *line) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.terminal && s.shown {
		fmt.Fprint(s.out, "\r\x1b[K")
	}
	s.shown = false
}
