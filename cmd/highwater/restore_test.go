package main

import (
	"io"
	"strings"
	"testing"
)

// Arguments that contradict each other are refused before a cluster is asked.
func TestRestoreSaysWhatIsWrongWithItsArguments(t *testing.T) {
	for args, want := range map[string]string{
		"":                          "say what to restore: exactly one of --all, --expired, or NAMESPACE/NAME",
		"--all --expired":           "say what to restore: exactly one of --all, --expired, or NAMESPACE/NAME",
		"--all shop/web":            "say what to restore: exactly one of --all, --expired, or NAMESPACE/NAME",
		"web":                       `"web": want NAMESPACE/NAME of a HorizontalPodAutoscaler or a ScaledObject`,
		"--namespace cart shop/web": "--namespace cart and shop/web: they name two namespaces; leave out --namespace",
	} {
		cmd := restoreCommand()
		cmd.SetArgs(strings.Fields(args))
		cmd.SetOut(io.Discard)
		cmd.SetErr(io.Discard)
		if err := cmd.Execute(); err == nil || err.Error() != want {
			t.Errorf("restore %s: %v; want %s", args, err, want)
		}
	}
}
