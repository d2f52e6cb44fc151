package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"testing"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// TestNothingSurvivesTheTest kills a test binary in the middle of a test, and looks for the server that it had started.
func TestNothingSurvivesTheTest(t *testing.T) {
	const child = "HIGHWATER_E2E_CHILD"
	if os.Getenv(child) != "" {
		fmt.Println("serving", plane.StartPrometheus(t, plane.PromOptions{}).URL())
		select {}
	}
	t.Parallel()
	plane.Require(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestNothingSurvivesTheTest$")
	cmd.Env = append(os.Environ(), child+"=1", "TMPDIR="+t.TempDir()) // it cannot clean up
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var url string
	if _, err := fmt.Fscanf(out, "serving %s\n", &url); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	plane.Eventually(t, patience, func() error {
		resp, err := http.Get(url)
		if err == nil {
			resp.Body.Close()
			return fmt.Errorf("%s still answers", url)
		}
		return nil
	})
}
