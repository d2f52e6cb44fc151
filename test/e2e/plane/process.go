package plane

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A process is one child of the test binary: a program, its arguments and the file that takes its output. It can be
// started again after it was stopped; the output is appended.
type process struct {
	name string // of the program in the folder of binaries
	args []string
	env  []string
	dir  string // where its log goes, and its home

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{} // closed once the child is reaped
}

// start runs the program. It returns once the program runs, which is before it is ready.
func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.runningLocked() {
		return fmt.Errorf("start %s: it is already running", p.name)
	}
	path, err := binary(p.name)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(p.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	defer log.Close() // the child has its own copy

	cmd := exec.Command(path, p.args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.dir, log, log
	cmd.Env = environment(p.dir, append([]string{"TMPDIR=" + p.dir}, p.env...)...)
	cmd.SysProcAttr = dieWithParent()

	started, done := make(chan error), make(chan struct{})
	go func() {
		// The kernel sends the parent-death signal when the thread that made the child ends, not the process. So
		// this goroutine keeps its thread until the child is gone.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how a killed server ended is no news
			close(done)
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	p.cmd, p.done = cmd, done
	return nil
}

// startReady runs the program and returns once url answers 200.
func (p *process) startReady(client *http.Client, url string) error {
	if err := p.start(); err != nil {
		return err
	}
	return p.waitReady(context.Background(), client, url)
}

// end ends the program with the test, whose output gets the end of its log if it failed.
func (p *process) end(t testing.TB) {
	p.stop(0)
	if t.Failed() {
		fmt.Fprintf(t.Output(), "--- end of %s ---\n%s", filepath.Base(p.logFile()), p.tail(4096))
	}
}

// stop ends the program and returns once it is gone: politely for as long as grace, then by SIGKILL. Stopping what does
// not run does nothing.
func (p *process) stop(grace time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return
	}
	if grace > 0 {
		p.signalLocked(syscall.SIGTERM)
		select {
		case <-p.done:
		case <-time.After(grace):
		}
	}
	p.signalLocked(syscall.SIGKILL)
	<-p.done
}

func (p *process) signalLocked(s syscall.Signal) {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(fmt.Sprintf("signal %s: %v", p.name, err)) // our own child: there is no other reason
	}
}

func (p *process) runningLocked() bool {
	if p.cmd == nil {
		return false
	}
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// ended is closed once the program that was started last has ended. It is nil before the first start.
func (p *process) ended() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done
}

func (p *process) logFile() string { return filepath.Join(p.dir, p.name+".log") }

// tail returns the end of the log, whole lines, at most n bytes.
func (p *process) tail(n int) string {
	content, err := os.ReadFile(p.logFile())
	if err != nil {
		return err.Error()
	}
	if len(content) > n {
		content = content[len(content)-n:]
		if i := bytes.IndexByte(content, '\n'); i >= 0 {
			content = content[i+1:]
		}
	}
	return string(content)
}

// clockOffset is by how many seconds the clock is off, where everything is built
// with the overlay of test/clock.
const clockOffset = "HIGHWATER_TEST_CLOCK_OFFSET"

// environment is what a program is started with: nothing of the user's but the
// path and the clock.
func environment(home string, more ...string) []string {
	env := append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}, more...)
	if offset := os.Getenv(clockOffset); offset != "" {
		env = append(env, clockOffset+"="+offset)
	}
	return env
}
