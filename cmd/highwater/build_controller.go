//go:build controller

package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/highwater-dev/highwater/forecast/outlook"
	"github.com/highwater-dev/highwater/history"
)

// variant is which build this is: controller is the binary of the image. It has
// everything but the demo, plots, and the reading of a Prometheus' own files: what
// these rest on links cloud SDKs, fonts and test libraries, which nobody wants
// beside the right to change HPAs. TestTheControllerLinksNone holds it to that.
const variant = "controller"

// needsFull says that this build does not have what.
func needsFull(what string) error {
	return fmt.Errorf("%s: not in this binary: it is the controller's build; use the highwater CLI for it, which `make build` makes", what)
}

func demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "demo",
		Short:              "Not in the controller's build",
		Hidden:             true,
		DisableFlagParsing: true,
		RunE:               func(*cobra.Command, []string) error { return needsFull("demo") },
	}
}

func openTSDB(string) (_ history.Engine, newest time.Time, closeIt func(), err error) {
	return nil, newest, nil, needsFull("--tsdb")
}

func drawOutlook(*outlook.Outlook, string) error { return needsFull("--plot") }

func (*replayFlags) draw(*replayed) error { return needsFull("--plot") }

func (*explained) draw(string) error { return needsFull("--plot") }
