package externalscaler

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/highwater-dev/highwater/api/externalscaler/protocol"
)

// maxRequest bounds a request: names, and the metadata of a trigger.
const maxRequest = 64 << 10

// Options say how floors are served. The zero Options serve in the clear.
type Options struct {
	CertFile, KeyFile string // PEM files of the server's certificate; none without TLS
}

// Serve answers KEDA on a listener, which it closes, until ctx ends.
func Serve(ctx context.Context, l net.Listener, s Scheduler, o Options) error {
	options := []grpc.ServerOption{grpc.MaxRecvMsgSize(maxRequest)}
	if o.CertFile != "" {
		options = append(options, grpc.Creds(credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: o.certificate})))
	}
	server := grpc.NewServer(options...)
	protocol.RegisterExternalScalerServer(server, &scaler{s: s, look: lookEvery})
	stop := context.AfterFunc(ctx, server.Stop) // a stream would never end by itself
	defer stop()
	if err := server.Serve(l); err != nil && ctx.Err() == nil {
		return fmt.Errorf("external scaler: %w", err)
	}
	return nil
}

// Check reads the certificate once, so that a mistake is told at the start.
func (o Options) Check() error {
	if o.CertFile == "" {
		return nil
	}
	_, err := o.certificate(nil)
	return err
}

// certificate reads the files with each connection, of which KEDA keeps one: they
// may have been renewed.
func (o Options) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("certificate of the external scaler: %w", err)
	}
	return &c, nil
}
