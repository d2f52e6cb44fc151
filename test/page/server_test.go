package page

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// build makes the program and returns its path.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "highwater")
	cmd := exec.Command("go", "build", "-o", path, "./cmd/highwater")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// A server is a running `highwater demo`.
type server struct {
	program string
	url     string // of the page, with the slash
	cmd     *exec.Cmd
	stdout  output
	stderr  output
	done    chan error
}

var printed = regexp.MustCompile(`(?m)^\s*page\s+(http://\S+/)$`)

// startServer starts the demo on an address. At the end of the test it is
// interrupted and must leave cleanly.
func startServer(t *testing.T, program, listen string) *server {
	t.Helper()
	s := &server{program: program, done: make(chan error, 1)}
	s.cmd = exec.Command(program, "demo", "--listen", listen)
	s.cmd.Stdout, s.cmd.Stderr = &s.stdout, &s.stderr
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.done <- s.cmd.Wait() }()
	t.Cleanup(func() { s.interrupt(t) })

	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if m := printed.FindStringSubmatch(s.stdout.String()); m != nil {
			s.url = m[1]
			return s
		}
		select {
		case err := <-s.done:
			s.done <- err
			t.Fatalf("highwater demo ended: %v\n%s%s", err, &s.stdout, &s.stderr)
		default:
		}
	}
	t.Fatalf("highwater demo printed no address within %v:\n%s%s", patience, &s.stdout, &s.stderr)
	return nil
}

// address is the host and port that the server listens on.
func (s *server) address() string {
	return strings.TrimSuffix(strings.TrimPrefix(s.url, "http://"), "/")
}

// kill ends the server at once, as a crash does.
func (s *server) kill(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.done
	s.cmd = nil
}

// interrupt ends the server as Ctrl-C does and checks that it left well.
func (s *server) interrupt(t *testing.T) {
	t.Helper()
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGINT) // if it has ended, done says how
	select {
	case err := <-s.done:
		if err != nil || !strings.Contains(s.stdout.String(), "ended: ") {
			t.Errorf("highwater demo did not end cleanly: %v\n%s", err, &s.stdout)
		}
	case <-time.After(patience):
		_ = s.cmd.Process.Kill()
		t.Errorf("highwater demo did not end within %v of SIGINT", patience)
	}
	for line := range bytes.Lines(s.stderr.bytes()) {
		if bytes.Contains(line, []byte("level=ERROR")) || bytes.HasPrefix(line, []byte("panic:")) {
			t.Errorf("highwater demo said: %s", line)
		}
	}
}

// An output is a buffer that may be read while a process writes.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) bytes() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return bytes.Clone(o.buf.Bytes())
}

func (o *output) String() string { return string(o.bytes()) }
