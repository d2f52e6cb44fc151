package demo

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/api"
	"github.com/highwater-dev/highwater/internal/config"
)

// TestDemo runs the demo as a newcomer would and looks at what it promises.
func TestDemo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	c := config.Default()
	c.Listen, c.Log.Level = "127.0.0.1:0", "warn"
	go func() {
		err := Run(ctx, in, &c, "test", 60)
		in.Close()
		ended <- err
	}()
	var said strings.Builder
	address := make(chan string, 1)
	go func() {
		find := regexp.MustCompile(`page +(http://\S+/)`)
		buf := make([]byte, 4096)
		for {
			n, err := out.Read(buf)
			said.Write(buf[:n])
			if m := find.FindStringSubmatch(said.String()); m != nil && len(address) == 0 {
				address <- m[1]
			}
			if err != nil {
				return
			}
		}
	}()
	var url string
	select {
	case url = <-address:
	case err := <-ended:
		t.Fatalf("the demo ended: %v", err)
	}
	deadline := time.Now().Add(time.Minute)
	for {
		resp, err := http.Get(url + "readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				break
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("not ready within a minute")
		}
		time.Sleep(100 * time.Millisecond)
	}
	list := listOf(t, url)
	forecast := func() bool { // on a busy machine some are ready after the others
		return !slices.ContainsFunc(list.Items, func(w api.Summary) bool { return w.Reason == "NoForecast" })
	}
	for deadline = time.Now().Add(time.Minute); !forecast() && time.Now().Before(deadline); list = listOf(t, url) {
		time.Sleep(time.Second)
	}
	if list.Total < 6 {
		t.Errorf("%d workloads", list.Total)
	}
	for _, w := range list.Items {
		top := int32(0)
		for _, p := range w.Plan {
			top = max(top, p.Floor)
		}
		if w.Floor < w.Baseline || w.Baseline != 2 || w.Reason == "" || w.Message == "" || top <= w.Baseline || w.Error != "" || len(w.Problems) > 0 {
			t.Errorf("%s/%s: floor %d, baseline %d, reason %q, highest of the plan %d, error %q, problems %v",
				w.Namespace, w.Name, w.Floor, w.Baseline, w.Reason, top, w.Error, w.Problems)
		}
	}
	// Proofs come while one looks on, and floors are set where they hold. With
	// the race detector and other work, they take their time.
	deadline = time.Now().Add(5 * time.Minute)
	for {
		proven, enforced := 0, 0
		for _, w := range listOf(t, url).Items {
			if w.Proof.Verdict != nil {
				proven++
			}
			if w.Proof.Holds && w.Mode == "Enforce" {
				enforced++
			}
		}
		if proven >= 4 && enforced >= 2 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("after five minutes there are %d proofs, and floors are set on %d workloads", proven, enforced)
		}
		time.Sleep(200 * time.Millisecond)
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the demo did not end within 20 s")
	}
}

func listOf(t *testing.T, url string) (list api.List) {
	t.Helper()
	resp, err := http.Get(url + "api/v1/workloads")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list
}
