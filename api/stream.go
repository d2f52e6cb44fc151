package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
)

const (
	heartbeat = 15 * time.Second // between two signs of life of a stream
	sendLimit = 10 * time.Second // for a client to take an event
)

// A stream sends server-sent events.
type stream struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

// openStream begins a stream, which may last longer than the server's timeouts.
func openStream(ctx huma.Context) *stream {
	_, w := humachi.Unwrap(ctx)
	s := &stream{w, http.NewResponseController(w)}
	_ = s.rc.SetReadDeadline(time.Time{}) // nothing more is read; without support the server's holds
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	w.WriteHeader(http.StatusOK)
	return s
}

// send sends one event with its data as JSON.
func (s *stream) send(event string, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return s.write(fmt.Sprintf("event: %s\ndata: %s\n\n", event, text))
}

func (s *stream) write(text string) error {
	_ = s.rc.SetWriteDeadline(time.Now().Add(sendLimit)) // without support the server's holds
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.rc.Flush()
}

// follow sends the progress of a job until it has ended, and returns how it
// did; an error if the client or the server went first.
func (s *stream) follow(ctx context.Context, j *planJob) (PlanJob, error) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		state, _, changed := j.now()
		if state.State != "running" {
			return state, nil
		}
		if err := s.send("progress", state); err != nil {
			return state, err
		}
		// Many workloads are planned within a moment: one event tells of them.
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return state, ctx.Err()
		}
		for waiting := true; waiting; {
			select {
			case <-changed:
				waiting = false
			case <-beat.C:
				if err := s.write(": still there\n\n"); err != nil {
					return state, err
				}
			case <-ctx.Done():
				return state, ctx.Err()
			case <-closing(ctx):
				return state, http.ErrServerClosed
			}
		}
	}
}

// closingKey is where a request's context has the channel that is closed when
// the server shuts down.
type closingKey struct{}

// closing returns that channel; nil, which never closes, where there is none.
func closing(ctx context.Context) <-chan struct{} {
	c, _ := ctx.Value(closingKey{}).(chan struct{})
	return c
}

// lasting lets an answer take longer than the server's timeouts.
func lasting(limit time.Duration) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		_, w := humachi.Unwrap(ctx)
		rc := http.NewResponseController(w)
		_ = rc.SetReadDeadline(time.Time{})                        // else a request is taken for abandoned; without support the server's holds
		_ = rc.SetWriteDeadline(time.Now().Add(limit + sendLimit)) // likewise
		next(ctx)
	}
}
