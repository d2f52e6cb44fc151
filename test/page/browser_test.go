package page

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// patience is how long anything may take on a machine that has other work.
const patience = 25 * time.Second

// chromium returns the path of the browser. Without one the test fails.
func chromium(t *testing.T) string {
	t.Helper()
	named := os.Getenv("HIGHWATER_CHROMIUM")
	for _, name := range []string{named, "/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
		if named != "" {
			t.Fatalf("HIGHWATER_CHROMIUM=%s is no program that can be run", named)
		}
	}
	t.Fatal("no Chromium is found: run `make test`, which installs it, or name one in HIGHWATER_CHROMIUM")
	return ""
}

// A browser is a running Chromium.
type browser struct{ ctx context.Context }

// launch starts the browser, headless and with a fresh profile, until the test
// ends.
func launch(t *testing.T, program string) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
	)
	allocator, free := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Errorf("end the browser: %v", err)
		}
		cancel()
		free()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	return &browser{ctx}
}
