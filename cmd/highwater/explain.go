package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/highwater-dev/highwater/api"
	"github.com/highwater-dev/highwater/api/client"
	"github.com/highwater-dev/highwater/recommender/explain"
)

// explainFlags are what the user can set of an explanation.
type explainFlags struct{ url, plot, format string }

func explainCommand() *cobra.Command {
	var o explainFlags
	cmd := &cobra.Command{
		Use:   "explain NAMESPACE/NAME",
		Short: "Tell the whole story of one floor, from a running Highwater",
		Long: "Asks a running Highwater about one workload and tells in words what its load is and where it is read, what a\n" +
			"pod carries and how that is known, what is coming, how the floor came about and what bound it, what a replay\n" +
			"of its own past proved, what changed of late, and what to do next. Times are in UTC.",
		Example: "  highwater explain shop/web\n  highwater explain shop/web --url 9090 --plot web.svg\n" +
			"  kubectl -n highwater port-forward svc/highwater 8080 & highwater explain shop/web -o json",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args[0], cmd.OutOrStdout()) },
	}
	f := cmd.Flags()
	f.StringVar(&o.url, "url", "http://127.0.0.1:8080/", "where Highwater serves: a URL, host:port, or a port of this machine")
	f.StringVar(&o.plot, "plot", "", "also draw load and forecast into this file, SVG or .png")
	f.StringVarP(&o.format, "output", "o", "text", "text or json")
	return cmd
}

func (o *explainFlags) run(ctx context.Context, arg string, out io.Writer) error {
	namespace, name, ok := strings.Cut(arg, "/")
	if !ok || namespace == "" || name == "" || strings.Contains(name, "/") {
		return fmt.Errorf("%q: want NAMESPACE/NAME of an autoscaler", arg)
	}
	if o.format != "text" && o.format != "json" {
		return fmt.Errorf("--output %q: must be text or json", o.format)
	}
	if o.plot != "" {
		if err := needsFull("--plot"); err != nil {
			return err
		}
	}
	c, err := client.New(o.url, "highwater-explain/"+strings.ReplaceAll(version(), " ", "-"))
	if err != nil {
		return fmt.Errorf("--url %w", err)
	}
	s, err := c.Story(ctx, namespace, name)
	if err != nil {
		return err
	}
	if o.plot != "" || o.format == "json" {
		e := explained{Next: s.Next}
		if err := e.read(ctx, c, namespace, name); err != nil {
			return err
		}
		if o.plot != "" {
			if err := e.draw(o.plot); err != nil {
				return err
			}
		}
		if o.format == "json" {
			j := json.NewEncoder(out)
			j.SetIndent("", "  ")
			return j.Encode(e)
		}
	}
	return explain.Print(out, s.Title, s.Sections, s.Next, 100)
}

// An explained workload is the JSON that the command prints.
type explained struct {
	Workload  *api.Detail     `json:"workload"`
	Plan      *api.Plan       `json:"plan"`
	Forecasts []*api.Forecast `json:"forecasts"` // one for each load
	Next      []string        `json:"next"`      // what to do
}

func (e *explained) read(ctx context.Context, c *client.Client, namespace, name string) (err error) {
	if e.Workload, err = c.Workload(ctx, namespace, name); err != nil {
		return err
	}
	if e.Plan, err = c.Plan(ctx, namespace, name); err != nil {
		return err
	}
	e.Forecasts = []*api.Forecast{}
	for i, s := range e.Workload.Signals {
		if s.Query == "" {
			continue // there is no metric to read a load from
		}
		f, err := c.Forecast(ctx, namespace, name, i)
		if err != nil {
			return err
		}
		e.Forecasts = append(e.Forecasts, f)
	}
	return nil
}
