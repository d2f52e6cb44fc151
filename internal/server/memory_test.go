package server

import (
	"bytes"
	"log/slog"
	"runtime/debug"
	"strings"
	"testing"
)

func TestMemoryLimitOfTheEnvironmentWins(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	t.Setenv("GOMEMLIMIT", "123MiB")
	var out bytes.Buffer
	limitMemory(t.Context(), slog.New(slog.NewTextHandler(&out, nil)))
	if after := debug.SetMemoryLimit(-1); after != before {
		t.Errorf("the limit went from %d to %d", before, after)
	}
	if !strings.Contains(out.String(), "GOMEMLIMIT=123MiB") {
		t.Errorf("the log says %q", out.String())
	}
}
