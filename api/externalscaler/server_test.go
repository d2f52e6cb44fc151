package externalscaler

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"k8s.io/client-go/util/cert"

	"github.com/highwater-dev/highwater/api/externalscaler/protocol"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/scheduler"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// floors are what is known of shop/web.
type floors struct {
	mu    sync.Mutex
	ready bool
	now   time.Time
	web   *scheduler.Result
}

func (f *floors) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *floors) Ready() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ready
}

func (f *floors) Result(k workload.Key) (*scheduler.Result, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.web, f.web != nil && k.String() == "shop/web"
}

// serve makes shop/web ask for a number of pods.
func (f *floors) serve(pods int32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ready, f.web = true, &scheduler.Result{At: f.now, Workload: workload.Workload{AsMetric: true, Served: pods}}
}

// start serves f, and returns a client as KEDA has one.
func start(t *testing.T, f *floors) protocol.ExternalScalerClient {
	t.Helper()
	return dial(t, listen(t, f, Options{}), insecure.NewCredentials())
}

// listen serves f at an address.
func listen(t *testing.T, f *floors, o Options) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, f, o) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func dial(t *testing.T, addr string, creds credentials.TransportCredentials) protocol.ExternalScalerClient {
	t.Helper()
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(creds))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return protocol.NewExternalScalerClient(conn)
}

var web = &protocol.ScaledObjectRef{Namespace: "shop", Name: "web", ScalerMetadata: map[string]string{"scalerAddress": "highwater:8090"}}

// value is what KEDA makes of the answers: the pods that the HPA is to have, and
// whether there are to be any.
func value(t *testing.T, c protocol.ExternalScalerClient, ref *protocol.ScaledObjectRef) (pods float64, active bool, err error) {
	t.Helper()
	spec, err := c.GetMetricSpec(t.Context(), ref)
	if err != nil {
		return 0, false, err
	}
	if len(spec.MetricSpecs) != 1 || spec.MetricSpecs[0].MetricName != "highwater-floor" || spec.MetricSpecs[0].TargetSize != 1 {
		t.Fatalf("%v", spec)
	}
	m, err := c.GetMetrics(t.Context(), &protocol.GetMetricsRequest{ScaledObjectRef: ref, MetricName: spec.MetricSpecs[0].MetricName})
	if err != nil {
		return 0, false, err
	}
	if v := m.MetricValues; len(v) != 1 || v[0].MetricName != "highwater-floor" || float64(v[0].MetricValue) != v[0].MetricValueFloat {
		t.Fatalf("%v", m)
	}
	is, err := c.IsActive(t.Context(), ref)
	return m.MetricValues[0].MetricValueFloat / spec.MetricSpecs[0].TargetSizeFloat, is.GetResult(), err
}

func TestKEDAAsksForTheFloor(t *testing.T) {
	f := &floors{now: noon}
	c := start(t, f)
	for _, n := range []int32{9, 0, 1} {
		f.serve(n)
		if pods, active, err := value(t, c, web); err != nil || pods != float64(n) || active != (n > 0) {
			t.Errorf("%g pods, active %v, %v; want %d", pods, active, err, n)
		}
	}
}

// KEDA that made its HPA while Highwater was down gets the metric once it is back.
func TestTheMetricIsPushedOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	stream, err := start(t, &floors{now: noon}).StreamMetricSpec(ctx, web)
	if err != nil {
		t.Fatal(err)
	}
	if spec, err := stream.Recv(); err != nil || spec.MetricSpecs[0].MetricName != "highwater-floor" || spec.MetricSpecs[0].TargetSizeFloat != 1 {
		t.Errorf("%v, %v", spec, err)
	}
	time.AfterFunc(50*time.Millisecond, cancel)
	if spec, err := stream.Recv(); status.Code(err) != codes.Canceled {
		t.Errorf("%v, %v: the stream has to stay open, and silent", spec, err)
	}
}

func TestABadQuestionIsToldWhatIsWrong(t *testing.T) {
	f := &floors{now: noon}
	f.serve(9)
	c := start(t, f)
	for _, tt := range []struct {
		ref  *protocol.ScaledObjectRef
		code codes.Code
		says string
	}{
		{&protocol.ScaledObjectRef{Namespace: "shop"}, codes.InvalidArgument, `namespace "shop" and name ""`},
		{&protocol.ScaledObjectRef{Name: "web"}, codes.InvalidArgument, `namespace "" and name "web"`},
		{nil, codes.InvalidArgument, "both have to be given"},
		{&protocol.ScaledObjectRef{Namespace: "shop", Name: "wbe"}, codes.NotFound, "no autoscaler shop/wbe is known"},
	} {
		_, _, err := value(t, c, tt.ref)
		if s := status.Convert(err); s.Code() != tt.code || !strings.Contains(s.Message(), tt.says) {
			t.Errorf("%v: %v", tt.ref, err)
		}
		stream, err := c.StreamIsActive(t.Context(), tt.ref)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stream.Recv(); status.Code(err) != tt.code {
			t.Errorf("%v: the stream ends with %v", tt.ref, err)
		}
	}
	_, err := c.GetMetrics(t.Context(), &protocol.GetMetricsRequest{ScaledObjectRef: web, MetricName: "orders"})
	if s := status.Convert(err); s.Code() != codes.InvalidArgument || !strings.Contains(s.Message(), `metricName "orders"`) {
		t.Error(err)
	}
}

// While nothing is known there is no number, so that KEDA takes none for zero.
func TestNothingIsSaidWhileNothingIsKnown(t *testing.T) {
	f := &floors{now: noon}
	c := start(t, f)
	if _, _, err := value(t, c, web); status.Code(err) != codes.Unavailable || !strings.Contains(err.Error(), "the first tick is not done") {
		t.Error(err)
	}
	if _, err := c.GetMetricSpec(t.Context(), web); err != nil {
		t.Errorf("KEDA could not make its HPA: %v", err)
	}
	f.serve(9)
	f.mu.Lock()
	f.now = noon.Add(scheduler.AskedFor + time.Minute)
	f.mu.Unlock()
	if _, _, err := value(t, c, web); status.Code(err) != codes.Unavailable || !strings.Contains(err.Error(), "was last decided 31m0s ago") {
		t.Error(err)
	}
}

// pushed is a stream of a scaler that looks often.
type pushed struct {
	protocol.ExternalScaler_StreamIsActiveServer
	ctx  context.Context
	sent chan bool
}

func (p pushed) Context() context.Context { return p.ctx }
func (p pushed) Send(r *protocol.IsActiveResponse) error {
	p.sent <- r.Result
	return nil
}

func TestActivityIsPushedWhenItChanges(t *testing.T) {
	f := &floors{now: noon}
	x := &scaler{s: f, look: time.Millisecond}
	ctx, cancel := context.WithCancel(t.Context())
	p := pushed{ctx: ctx, sent: make(chan bool)}
	ended := make(chan error)
	go func() { ended <- x.StreamIsActive(web, p) }()
	expect := func(want bool) {
		t.Helper()
		select {
		case got := <-p.sent:
			if got != want {
				t.Errorf("active %v is pushed, want %v", got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("nothing is pushed")
		}
	}
	silent := func() {
		t.Helper()
		select {
		case got := <-p.sent:
			t.Errorf("active %v is pushed, and nothing has changed", got)
		case <-time.After(30 * time.Millisecond):
		}
	}
	silent() // nothing is known
	f.serve(0)
	expect(false)
	silent()
	f.serve(5)
	expect(true)
	f.serve(7)
	silent()
	f.serve(0)
	expect(false)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestTheCertificateMayBeRenewed(t *testing.T) {
	dir := t.TempDir()
	o := Options{CertFile: filepath.Join(dir, "tls.crt"), KeyFile: filepath.Join(dir, "tls.key")}
	if err := o.Check(); err == nil || !strings.Contains(err.Error(), "tls.crt") {
		t.Errorf("of files that are missing: %v", err)
	}
	f := &floors{now: noon}
	f.serve(9)
	addr := listen(t, f, o)
	for range 2 {
		crt, key, err := cert.GenerateSelfSignedCertKey("localhost", []net.IP{net.IPv4(127, 0, 0, 1)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for file, text := range map[string][]byte{o.CertFile: crt, o.KeyFile: key} {
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(crt)
		c := dial(t, addr, credentials.NewTLS(&tls.Config{RootCAs: pool}))
		if pods, _, err := value(t, c, web); err != nil || pods != 9 {
			t.Errorf("%g, %v", pods, err)
		}
	}
}
