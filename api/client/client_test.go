package client

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/highwater-dev/highwater/api"
)

func TestAnAddressIsAURLOrHostAndPortOrAPort(t *testing.T) {
	for at, want := range map[string]string{
		"8080": "http://127.0.0.1:8080/", "localhost:8080": "http://localhost:8080/", "10.0.0.7:80": "http://10.0.0.7:80/", "[::1]:8080": "http://[::1]:8080/",
		"http://a.b/": "http://a.b/", "https://a.b/highwater/?x=1#y": "https://a.b/highwater/", "http://a.b:1/p": "http://a.b:1/p/",
	} {
		c, err := New(at, "test")
		if err != nil || c.base != want {
			t.Errorf("%s: %v, want %s", at, err, want)
		}
	}
	for _, at := range []string{"", "somewhere", "ftp://a.b", "http://", ":8080", "0", "70000"} {
		if _, err := New(at, "test"); err == nil || !strings.Contains(err.Error(), "give a port, host:port, or the address") {
			t.Errorf("%q: %v", at, err)
		}
	}
}

func TestAnotherVersionIsNotAnUnknownName(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/story") {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"detail":"nothing is served at this"}`)
			return
		}
		fmt.Fprint(w, `{"total":1,"items":[{"namespace":"shop","name":"web"}]}`)
	}))
	defer srv.Close()
	c, err := New(srv.URL, "test")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Story(t.Context(), "shop", "web"); err == nil || !strings.Contains(err.Error(), "a Highwater of another version") {
		t.Errorf("%v", err)
	}
	if _, err := c.Story(t.Context(), "shop", "wbe"); err == nil || !strings.Contains(err.Error(), "did you mean shop/web?") {
		t.Errorf("%v", err)
	}
}

func TestNearestNamesDifferByFewLetters(t *testing.T) {
	names := []string{"shop/web", "shop/web-api", "store/web", "bank/ledger"}
	for want, like := range map[string]string{"shop/wbe": "shop/web", "shop/ledger": "bank/ledger", "x/zzzzzz": ""} {
		if got := strings.Join(nearest(want, names), " "); !strings.HasPrefix(got, like) || like == "" && got != "" {
			t.Errorf("%s: %q", want, got)
		}
	}
}

func TestWhatIsNotKnownIsNaN(t *testing.T) {
	one := 1.0
	history, paths := Curves(&api.Forecast{History: &api.Values{StepSeconds: 60, Values: []*float64{&one, nil}}})
	if paths != nil || history.Len() != 2 || history.Values[0] != 1 || !math.IsNaN(history.Values[1]) {
		t.Errorf("%v, %v", history, paths)
	}
	_, paths = Curves(&api.Forecast{Quantiles: []float64{0.5, 0.9}, Forecast: &api.Rows{StepSeconds: 60, Values: [][]*float64{{&one, nil}}}})
	if paths.Steps() != 1 || paths.Row(0)[0] != 1 || !math.IsNaN(paths.Row(0)[1]) {
		t.Errorf("%v", paths)
	}
}
