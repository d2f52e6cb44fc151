package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/highwater-dev/highwater/api"
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
			"  kubectl -n highwater port-forward svc/highwater 8080:80 & highwater explain shop/web -o json",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ns, name, ok := strings.Cut(args[0], "/")
			if !ok || ns == "" || name == "" || strings.Contains(name, "/") {
				return fmt.Errorf("%q: want NAMESPACE/NAME of an autoscaler", args[0])
			}
			if o.format != "text" && o.format != "json" {
				return fmt.Errorf("--output %q: must be text or json", o.format)
			}
			if o.plot != "" {
				if err := needsFull("--plot"); err != nil {
					return err
				}
			}
			c, err := newAPIClient(o.url)
			if err != nil {
				return err
			}
			s, err := c.story(cmd.Context(), ns, name)
			if err != nil {
				return err
			}
			return o.print(s, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.url, "url", "http://127.0.0.1:8080/", "where Highwater serves; a port is one of this machine")
	f.StringVar(&o.plot, "plot", "", "also draw load and forecast into this file, SVG or .png")
	f.StringVarP(&o.format, "output", "o", "text", "text or json")
	return cmd
}

// A story is all that the server tells of one workload.
type story struct {
	Workload  api.Detail     `json:"workload"`
	Plan      *api.Plan      `json:"plan"`      // null if there is none
	Forecasts []api.Forecast `json:"forecasts"` // one for each load
	Next      []string       `json:"next"`      // what to do
}

// story asks for everything about a workload.
func (c *apiClient) story(ctx context.Context, ns, name string) (*story, error) {
	var s story
	path := workloadPath(ns, name)
	if err := c.get(ctx, path, &s.Workload); err != nil {
		return nil, c.suggest(ctx, ns, name, err)
	}
	var p api.Plan
	if err := c.get(ctx, path+"/plan", &p); err != nil {
		return nil, err
	}
	s.Plan, s.Forecasts = &p, []api.Forecast{}
	for i, sig := range s.Workload.Signals {
		if sig.Query == "" {
			continue // there is no metric to read a load from
		}
		var f api.Forecast
		if err := c.get(ctx, fmt.Sprintf("%s/forecast?signal=%d", path, i), &f); err != nil {
			return nil, err
		}
		s.Forecasts = append(s.Forecasts, f)
	}
	s.Next = nextSteps(&s.Workload)
	return &s, nil
}

func (o *explainFlags) print(s *story, out io.Writer) error {
	if o.plot != "" {
		if err := drawStory(s, o.plot); err != nil {
			return err
		}
	}
	if o.format == "json" {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(s)
	}
	t := &teller{now: s.Workload.At, width: 100}
	t.tell(s)
	for line := range strings.Lines(t.b.String()) {
		if _, err := fmt.Fprintln(out, strings.TrimRight(line, " \n")); err != nil { // a table pads
			return err
		}
	}
	return nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
