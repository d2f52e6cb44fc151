package server

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"os"
	"runtime/debug"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// memoryShare is the part of the container's limit that Go's heap may take; the
// rest is for what the collector does not see.
const memoryShare = 0.9

// limitMemory makes the garbage collector work harder when the container's
// limit is near, so that the kernel does not end the process while there is
// garbage. Without it, Go lets the heap grow to twice what is in use. It follows
// a limit that changes until ctx ends. GOMEMLIMIT in the environment wins.
func limitMemory(ctx context.Context, log *slog.Logger) {
	if v, ok := os.LookupEnv("GOMEMLIMIT"); ok {
		log.Info("memory limit from the environment", "GOMEMLIMIT", v, "bytes", debug.SetMemoryLimit(-1))
		return
	}
	bytes, err := memlimit.Set(memlimit.WithRatio(memoryShare), memlimit.WithRefreshInterval(ctx, time.Minute))
	switch {
	case errors.Is(err, memlimit.ErrCgroupsNotSupported), err == nil && bytes == math.MaxInt64:
		log.Info("no memory limit: there is none for this process; set GOMEMLIMIT for one")
	case err != nil:
		log.Warn("no memory limit: that of the container cannot be read; set GOMEMLIMIT for one", "error", err)
	default:
		log.Info("memory limit from the container", "GOMEMLIMIT", bytes, "share", memoryShare)
	}
}
