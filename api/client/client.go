// Package client asks a running Highwater over its API, with typed answers and
// errors that say what to do.
package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/api"
)

const (
	timeout   = 15 * time.Second
	maxAnswer = 64 << 20
)

// A Client asks one Highwater.
type Client struct {
	base  string // with the slash
	agent string
	http  http.Client
}

// New returns a client of the Highwater at an address: a URL, host:port, or a port
// of this machine. agent is what it calls itself.
func New(at, agent string) (*Client, error) {
	full := at
	if port, err := strconv.ParseUint(at, 10, 16); err == nil && port > 0 {
		full = "127.0.0.1:" + at
	}
	if !strings.Contains(full, "://") && strings.Contains(full, ":") {
		full = "http://" + full
	}
	u, err := url.Parse(full)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, fmt.Errorf("%q: give a port, host:port, or the address of the page, as http://127.0.0.1:8080/", at)
	}
	u.RawQuery, u.Fragment = "", ""
	return &Client{base: strings.TrimSuffix(u.String(), "/") + "/", agent: agent, http: http.Client{Timeout: timeout}}, nil
}

// Workload is a workload and all that led to its recommendation.
func (c *Client) Workload(ctx context.Context, namespace, name string) (*api.Detail, error) {
	return get[api.Detail](ctx, c, workload(namespace, name))
}

// Plan is the floors of a workload over the coming hours.
func (c *Client) Plan(ctx context.Context, namespace, name string) (*api.Plan, error) {
	return get[api.Plan](ctx, c, workload(namespace, name)+"/plan")
}

// Forecast is the history and the forecast of one of a workload's loads.
func (c *Client) Forecast(ctx context.Context, namespace, name string, load int) (*api.Forecast, error) {
	return get[api.Forecast](ctx, c, fmt.Sprintf("%s/forecast?signal=%d", workload(namespace, name), load))
}

// Story is the story of a workload in sentences. The error for one that is not
// known names those like it.
func (c *Client) Story(ctx context.Context, namespace, name string) (*api.Story, error) {
	s, err := get[api.Story](ctx, c, workload(namespace, name)+"/story")
	if err != nil {
		return nil, c.suggest(ctx, namespace, name, err)
	}
	return s, nil
}

func workload(namespace, name string) string {
	return "workloads/" + url.PathEscape(namespace) + "/" + url.PathEscape(name)
}

// A Refusal is an answer that is not the one asked for.
type Refusal struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%s (HTTP %d)", cmp.Or(r.Detail, r.Title), r.Status)
}

// get reads what lies below api/v1/.
func get[T any](ctx context.Context, c *Client, path string) (*T, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"api/v1/"+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.agent)
	resp, err := c.http.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // the address is said once
		}
		return nil, fmt.Errorf("no Highwater answers at %s: %w; is it running? In a cluster, `kubectl -n highwater port-forward svc/highwater 8080` reaches it; elsewhere give --url", c.shown(), err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.shown(), err)
	}
	if resp.StatusCode != http.StatusOK {
		r := Refusal{Title: http.StatusText(resp.StatusCode)}
		_ = json.Unmarshal(text, &r) // a proxy may say it in other words
		r.Status = resp.StatusCode
		return nil, &r
	}
	into := new(T)
	if err := json.Unmarshal(text, into); err != nil {
		return nil, fmt.Errorf("what answers at %s is not Highwater's API, or one of another version: %w", c.shown(), err)
	}
	return into, nil
}

// shown is the address without a password.
func (c *Client) shown() string {
	u, err := url.Parse(c.base)
	if err != nil {
		return c.base
	}
	return u.Redacted()
}
