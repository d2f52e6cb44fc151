package plane

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// A MetricsSource answers the HPA controller. Each function serves one metrics API; the API of a nil function is not
// registered, as in a cluster without it. The functions are called from several goroutines at once. An error is what
// the HPA controller sees as a broken metrics API; no value is a metric that is missing.
type MetricsSource struct {
	// External serves external.metrics.k8s.io, for External metrics.
	External func(ctx context.Context, namespace, metric string, selector labels.Selector) ([]ExternalValue, error)

	// PodCPU serves metrics.k8s.io, for Resource metrics: the cores that a Ready pod uses.
	PodCPU func(ctx context.Context, pod *corev1.Pod) (cores float64, ok bool, err error)

	// PodMetric serves custom.metrics.k8s.io, for Pods metrics: the value of a Ready pod.
	PodMetric func(ctx context.Context, pod *corev1.Pod, metric string) (value float64, ok bool, err error)
}

// An ExternalValue is one series of an External metric; the HPA adds the series up.
type ExternalValue struct {
	Labels map[string]string
	Value  float64
}

// metricsNamespace holds the Services behind the metrics APIs.
const metricsNamespace = "kube-system"

var apiServices = schema.GroupVersionResource{Group: "apiregistration.k8s.io", Version: "v1", Resource: "apiservices"}

// ServeMetricsAPI serves the metrics APIs from the test itself until the test ends, and returns once the kube-apiserver
// finds them available. A plane can have one at a time.
func ServeMetricsAPI(t testing.TB, p *Plane, source MetricsSource) {
	t.Helper()
	apis := source.apis()
	port, err := p.serveMetrics(t, metricsHandler(p, source))
	if err != nil {
		t.Fatalf("serve the metrics apis: %v", err)
	}
	p.register(t, apis, port)
}

// register has the kube-apiserver ask a port of loopback for the metrics APIs, until the test ends, and returns once it
// finds them available.
func (p *Plane) register(t testing.TB, apis []schema.GroupVersion, port int) {
	t.Helper()
	ctx, cancel := within()
	defer cancel()
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "metrics"},
		// The kube-apiserver runs here too, so it reaches the server by this name. It dials an ExternalName as long as
		// --enable-aggregator-routing is not given.
		Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "localhost"},
	}
	if _, err := p.client.CoreV1().Services(metricsNamespace).Create(ctx, service, metav1.CreateOptions{}); err != nil {
		t.Fatalf("serve the metrics apis: %v", err)
	}
	t.Cleanup(func() { p.unregister(t, apis) })
	for _, api := range apis {
		if _, err := p.dynamic.Resource(apiServices).Create(ctx, p.apiService(api, port), metav1.CreateOptions{}); err != nil {
			t.Fatalf("register %s: %v", api, err)
		}
	}
	for _, api := range apis {
		Eventually(t, 30*time.Second, func() error { return p.available(ctx, api) })
	}
}

func (s MetricsSource) apis() []schema.GroupVersion {
	var apis []schema.GroupVersion
	if s.External != nil {
		apis = append(apis, externalAPI)
	}
	if s.PodCPU != nil {
		apis = append(apis, resourceAPI)
	}
	if s.PodMetric != nil {
		apis = append(apis, customAPI)
	}
	return apis
}

// serveMetrics listens on loopback, for the kube-apiserver only: it must show the certificate of the aggregation layer.
func (p *Plane) serveMetrics(t testing.TB, handler http.Handler) (port int, err error) {
	pair, err := p.ca.server("metrics." + metricsNamespace + ".svc")
	if err != nil {
		return 0, err
	}
	cert, err := tls.X509KeyPair(pair.cert, pair.key)
	if err != nil {
		return 0, err
	}
	callers := x509.NewCertPool()
	callers.AddCert(p.frontProxy.cert)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(t.Output(), "metrics api: ", 0),
		TLSConfig: &tls.Config{
			MinVersion:   tls.VersionTLS12,
			Certificates: []tls.Certificate{cert},
			ClientAuth:   tls.RequireAndVerifyClientCert,
			ClientCAs:    callers,
		},
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.ServeTLS(l, "", "") // ends by Close
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-served
	})
	return l.Addr().(*net.TCPAddr).Port, nil
}

func (p *Plane) apiService(api schema.GroupVersion, port int) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiregistration.k8s.io/v1",
		"kind":       "APIService",
		"metadata":   map[string]any{"name": api.Version + "." + api.Group},
		"spec": map[string]any{
			"group":                api.Group,
			"version":              api.Version,
			"groupPriorityMinimum": int64(100),
			"versionPriority":      int64(100),
			"caBundle":             p.ca.pem64(),
			"service":              map[string]any{"namespace": metricsNamespace, "name": "metrics", "port": int64(port)},
		},
	}}
}

func (p *Plane) available(ctx context.Context, api schema.GroupVersion) error {
	object, err := p.dynamic.Resource(apiServices).Get(ctx, api.Version+"."+api.Group, metav1.GetOptions{})
	if err != nil {
		return err
	}
	conditions, _, err := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, c := range conditions {
		if c := c.(map[string]any); c["type"] == "Available" {
			if c["status"] == "True" {
				return nil
			}
			return fmt.Errorf("%s is not available: %v: %v", api, c["reason"], c["message"])
		}
	}
	return errors.Join(fmt.Errorf("%s has no condition yet", api), err)
}

// unregister takes the APIs away again. A dead APIService would keep namespaces from being deleted.
func (p *Plane) unregister(t testing.TB, apis []schema.GroupVersion) {
	ctx, cancel := within()
	defer cancel()
	var errs []error
	for _, api := range apis {
		errs = append(errs, p.dynamic.Resource(apiServices).Delete(ctx, api.Version+"."+api.Group, metav1.DeleteOptions{}))
	}
	errs = append(errs, p.client.CoreV1().Services(metricsNamespace).Delete(ctx, "metrics", metav1.DeleteOptions{}))
	for _, err := range errs {
		if err != nil && !apierrors.IsNotFound(err) {
			t.Logf("unregister the metrics apis: %v", err)
		}
	}
}
