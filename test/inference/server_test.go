package inference

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast/inference"
)

// patience bounds the wait for a server that loads TensorFlow on a busy machine.
const patience = 2 * time.Minute

// A server is an MLServer with the models "lstm" and "lstm-horizon".
type server struct {
	program string
	folder  string
	env     []string
	url     string
	cmd     *exec.Cmd
	done    chan error
	out     output
}

// newServer lays out the folder that MLServer serves and chooses its ports.
func newServer(t *testing.T) *server {
	t.Helper()
	venv, weights := os.Getenv("HIGHWATER_MLSERVER"), os.Getenv("HIGHWATER_INFERENCE_MODEL")
	if venv == "" || weights == "" {
		t.Fatal("HIGHWATER_MLSERVER and HIGHWATER_INFERENCE_MODEL are not set: run scripts/inference.sh, which makes both")
	}
	s := &server{program: filepath.Join(venv, "bin", "mlserver"), folder: t.TempDir()}
	if err := os.CopyFS(s.folder, os.DirFS("model")); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(weights)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.folder, "lstm.keras"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	ports := freePorts(t, 2)
	s.url = fmt.Sprintf("http://127.0.0.1:%d", ports[0])
	s.env = append(os.Environ(), fmt.Sprintf("MLSERVER_HTTP_PORT=%d", ports[0]), fmt.Sprintf("MLSERVER_GRPC_PORT=%d", ports[1]))
	return s
}

func freePorts(t *testing.T, n int) []int {
	t.Helper()
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // only after all are chosen, or one may be chosen twice
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// start starts the server and waits until e finds its model ready.
func (s *server) start(t *testing.T, e *inference.Expert) {
	t.Helper()
	s.done = make(chan error, 1)
	s.cmd = exec.Command(s.program, "start", s.folder)
	s.cmd.Dir, s.cmd.Env = s.folder, s.env
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.out
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.done <- s.cmd.Wait() }()
	t.Cleanup(func() { s.kill(t) })

	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if err = e.Check(t.Context()); err == nil {
			return
		}
		switch inference.KindOf(err) {
		case inference.Unreachable, inference.NotReady, inference.UnknownModel, inference.Timeout:
		default:
			t.Fatalf("while MLServer starts: %v", err)
		}
		select {
		case err := <-s.done:
			s.done <- err
			t.Fatalf("mlserver ended: %v\n%s", err, &s.out)
		default:
		}
	}
	t.Fatalf("mlserver is not ready within %s: %v\n%s", patience, err, &s.out)
}

// kill ends the server at once, as the kernel does when memory is short.
func (s *server) kill(t *testing.T) {
	t.Helper()
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill() // it may have ended
	<-s.done
	s.cmd = nil
}

func (s *server) signal(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
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

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}
