package server

import (
	"context"
	"fmt"
	"net"

	"github.com/highwater-dev/highwater/api/externalscaler"
)

// serveScaler serves floors to KEDA until ctx ends, where that is asked for. What
// fails later goes to failed; ended is closed at the end.
func (s *Server) serveScaler(ctx context.Context, floors externalscaler.Scheduler, failed chan<- error) (ended <-chan struct{}, err error) {
	done := make(chan struct{})
	c := s.Config.Scaler
	if c.Listen == "" {
		close(done)
		return done, nil
	}
	o := externalscaler.Options{CertFile: c.CertFile, KeyFile: c.KeyFile}
	if err := o.Check(); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen on %s (scaler.listen): %w", c.Listen, err)
	}
	go func() {
		defer close(done)
		if err := externalscaler.Serve(ctx, listener, floors, o); err != nil {
			failed <- err
		}
	}()
	s.Log.Info("floors are served to KEDA", "address", listener.Addr().String(), "tls", c.CertFile != "")
	return done, nil
}
