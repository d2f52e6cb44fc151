package inference

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// An Expert is a model on an inference server. It may be used by many
// goroutines.
type Expert struct {
	cfg     Config
	base    *url.URL
	shown   string // the URL without a password, for messages
	http    *http.Client
	known   atomic.Pointer[contract] // nil until the metadata is read, and after a failure
	clipped atomic.Int64
}

// New returns an Expert. It reads the credential files once, to report a wrong
// path now, but asks the server nothing: see Check. The error lists every
// problem of c.
func New(c Config) (*Expert, error) {
	c = c.withDefaults()
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("inference: %w", err)
	}
	hc, err := c.client()
	if err != nil {
		return nil, fmt.Errorf("inference: %w", err)
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, fmt.Errorf("inference: %w", err)
	}
	return &Expert{cfg: c, base: u, shown: u.Redacted(), http: hc}, nil
}

// Name returns the name of the model, with its version if one is asked for:
// "lstm", "lstm/3".
func (e *Expert) Name() string {
	if e.cfg.Version == "" {
		return e.cfg.Model
	}
	return e.cfg.Model + "/" + e.cfg.Version
}

// Forecast returns the model's path for each history: the load at the horizon
// steps after its last sample, in the histories' own step, finite and never
// below zero. Histories of a finer step than the model's are averaged, and each
// value of the model then holds for its whole step.
//
// It sends at most MaxBatch histories a request, one request after the other,
// each with its own Timeout. The first failure ends it, as an *Error: one
// history that is too short for the model fails them all, since the model has
// nothing to say about it. The histories are not changed.
func (e *Expert) Forecast(ctx context.Context, histories []forecast.Series, horizon int) ([][]float64, error) {
	if horizon < 1 {
		return nil, e.fail(faultf(Invalid, "a horizon of %d steps is asked for", horizon))
	}
	windows := make([][]float64, len(histories))
	for i, h := range histories {
		if h.Step != histories[0].Step {
			return nil, e.fail(faultf(Invalid, "histories of different steps, %s and %s, are given at once", histories[0].Step, h.Step))
		}
		w, err := e.cfg.window(h)
		if err != nil {
			return nil, e.fail(fmt.Errorf("history %d of %d, to %s: %w", i+1, len(histories), h.End().UTC().Format(time.RFC3339), err))
		}
		windows[i] = w
	}
	if len(windows) == 0 {
		return nil, nil
	}
	k := int(e.cfg.Step / histories[0].Step)
	out := make([][]float64, 0, len(windows))
	err := e.ask(ctx, windows, (horizon-1)/k+1, func(path []float64) { out = append(out, spread(path, k, horizon)) })
	if err != nil {
		e.known.Store(nil) // the server may have come back with another model
		return nil, e.fail(err)
	}
	return out, nil
}

// ask calls got with the path of each window, in their order.
func (e *Expert) ask(ctx context.Context, windows [][]float64, steps int, got func([]float64)) error {
	k, err := e.contract(ctx)
	if err != nil {
		return err
	}
	size := e.cfg.MaxBatch
	if k.single {
		size = 1
	}
	for batch := range slices.Chunk(windows, size) {
		body, err := e.cfg.encode(k, batch, steps)
		if err != nil {
			return err
		}
		answer, err := e.call(ctx, http.MethodPost, body, e.model("infer")...)
		if err != nil {
			return err
		}
		paths, clipped, err := e.cfg.decode(answer, len(batch), steps)
		if err != nil {
			return err
		}
		e.clipped.Add(int64(clipped))
		for _, p := range paths {
			got(p)
		}
	}
	return nil
}

// contract returns how the model wants to be asked. It is read from the server
// once, and again after a failure. A server that has no metadata of the model is
// asked in the plain way: if it does not know the model, inference will tell.
func (e *Expert) contract(ctx context.Context) (contract, error) {
	if k := e.known.Load(); k != nil {
		return *k, nil
	}
	m, err := e.metadata(ctx)
	if s, ok := statusOf(err); ok && (s == http.StatusNotFound || s == http.StatusMethodNotAllowed || s == http.StatusNotImplemented) {
		return contract{}, nil
	}
	if err != nil {
		return contract{}, err
	}
	k, err := e.cfg.contract(m)
	if err != nil {
		return contract{}, err
	}
	e.known.Store(&k)
	return k, nil
}

// Metadata returns what the server says of the model.
func (e *Expert) Metadata(ctx context.Context) (Metadata, error) {
	m, err := e.metadata(ctx)
	return m, e.fail(err)
}

func (e *Expert) metadata(ctx context.Context) (Metadata, error) {
	var m Metadata
	body, err := e.call(ctx, http.MethodGet, nil, e.model()...)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return m, undecodable(body, err)
	}
	return m, nil
}

// Check asks the server whether the model is ready and takes what will be sent:
// it reports a wrong URL, credential, name or shape before anything depends on
// it.
func (e *Expert) Check(ctx context.Context) error {
	err := e.ready(ctx)
	if err == nil {
		e.known.Store(nil)
		_, err = e.contract(ctx)
	}
	return e.fail(err)
}

// ready asks for the model and, where that leaves it open, for the server:
// servers differ in what they answer for a model that is loading.
func (e *Expert) ready(ctx context.Context) error {
	body, err := e.call(ctx, http.MethodGet, nil, e.model("ready")...)
	var r struct{ Ready *bool } // many servers say it by the status alone
	if err == nil && json.Unmarshal(body, &r) == nil && r.Ready != nil && !*r.Ready {
		err = faultf(NotReady, "it says so")
	}
	if err == nil {
		return nil
	}
	switch kindOfFault(err) {
	case NotReady, Refused, Overloaded:
		if _, serverErr := e.call(ctx, http.MethodGet, nil, "health", "ready"); serverErr != nil {
			return faultf(NotReady, "the server is not ready: %w", serverErr)
		}
		return faultf(NotReady, "the server is ready, but the model is not: %w", err)
	}
	return err
}

// Clipped returns how many values below zero the model has forecast so far. A
// number that grows tells of a model that does not give raw load.
func (e *Expert) Clipped() int64 { return e.clipped.Load() }

// Close closes the idle connections.
func (e *Expert) Close() error {
	e.http.CloseIdleConnections()
	return nil
}

// model returns the path of the model below /v2.
func (e *Expert) model(rest ...string) []string {
	path := []string{"models", e.cfg.Model}
	if e.cfg.Version != "" {
		path = append(path, "versions", e.cfg.Version)
	}
	return append(path, rest...)
}
