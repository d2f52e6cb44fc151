package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// A daemon is the real highwater binary, serving.
type daemon struct {
	URL string

	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
	log  *logbook
}

// binary returns the binary of the image, which make built.
func binary(t *testing.T) string {
	t.Helper()
	plane.Require(t)
	path := os.Getenv("HIGHWATER_BINARY")
	if path == "" {
		path = filepath.Join("..", "..", "bin", "highwater-controller")
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("no highwater binary: %v; run `make e2e`, or set HIGHWATER_BINARY", err)
	}
	return path
}

// serve starts `highwater serve` against a plane and a Prometheus, with a tick
// each second. It does not wait: see ready.
func serve(t *testing.T, kubeconfig, prometheus string, args ...string) *daemon {
	t.Helper()
	path := binary(t)
	addr := freeAddr(t)
	if i := slices.Index(args, "--listen"); i >= 0 {
		addr = args[i+1] // that of a process before this one
	}
	args = append([]string{
		"serve", "--listen", addr, "--kubeconfig", kubeconfig, "--prometheus-url", prometheus,
		"--leader-namespace", "highwater", "--tick", "@every 1s", "--step", "10s", "--history", "3d",
		"--prometheus-timeout", "2s", "--log-level", "debug",
	}, args...)
	d := &daemon{URL: "http://" + addr, cmd: exec.Command(path, args...), done: make(chan struct{}), log: &logbook{}}
	d.cmd.Stderr, d.cmd.Stdout = d.log, d.log
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		// The parent-death signal comes when the thread that made the child ends,
		// as threads of plane's processes do; so this one is kept.
		runtime.LockOSThread()
		err := d.cmd.Start()
		started <- err
		if err == nil {
			_ = d.cmd.Wait() // how it ended is no news
			close(d.done)
		}
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.stop(t)
		if t.Failed() {
			t.Logf("the end of highwater's log (%s):\n%s", addr, d.log.tail(60))
		}
	})
	return d
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// ready waits until the daemon says that it is.
func (d *daemon) ready(t *testing.T) {
	t.Helper()
	plane.Eventually(t, patience, func() error {
		select {
		case <-d.done:
			t.Fatalf("highwater has ended:\n%s", d.log.tail(40))
		default:
		}
		code, body, err := d.get("/readyz")
		if err != nil || code != http.StatusOK {
			return fmt.Errorf("readyz: %d %s %v", code, body, err)
		}
		return nil
	})
}

// stop asks the daemon to end and waits until it has.
func (d *daemon) stop(t *testing.T) {
	t.Helper()
	_ = d.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-d.done:
	case <-time.After(20 * time.Second):
		t.Errorf("highwater did not end within 20 s of SIGTERM:\n%s", d.log.tail(40))
		d.kill()
	}
}

// kill ends the daemon without a chance to say goodbye.
func (d *daemon) kill() {
	_ = d.cmd.Process.Kill() // it may have ended
	<-d.done
}

func (d *daemon) get(path string) (int, string, error) {
	client := http.Client{Timeout: 5 * time.Second}
	resp, err := client.Get(d.URL + path)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

// A recommendation is what the API says of a workload, as far as tests look.
type recommendation struct {
	Floor, Current, Baseline, Ceiling int
	Mode, Reason, Message, Error      string
	Plan                              []struct {
		Time  time.Time
		Floor int
	}
	Problems []struct {
		Code, Field, Message string
		Fatal                bool
	}
	Warnings []struct{ Code, Message string }
	Signals  []struct {
		Name, Query, QueryFrom, Method string
		Newest                         time.Time
		NoForecast                     *struct{ Reason, Detail string }
	}
	Lease *struct {
		Baseline, Floor int
		Holder          string
	}
	Applied struct{ Outcome, Message string }
}

// workload asks the API for a workload.
func (d *daemon) workload(namespace, name string) (recommendation, error) {
	var r recommendation
	code, body, err := d.get("/api/v1/workloads/" + namespace + "/" + name)
	if err != nil {
		return r, err
	}
	if code != http.StatusOK {
		return r, fmt.Errorf("workload %s/%s: %d %s", namespace, name, code, body)
	}
	return r, json.Unmarshal([]byte(body), &r)
}

// A logbook keeps what a process writes.
type logbook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *logbook) tail(n int) string {
	var lines []string
	s := bufio.NewScanner(strings.NewReader(l.String()))
	for s.Scan() {
		lines = append(lines, s.Text())
	}
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
