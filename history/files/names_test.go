package files

import "testing"

func TestALoadIsNamedAfterItsFileUnlessItsColumnIs(t *testing.T) {
	for file, want := range map[string]string{"a/web.csv.gz": "web", "web.csv": "web", "web": "web", "api.v2.csv": "api.v2", "-": "stdin"} {
		if got := BaseName(file); got != want {
			t.Errorf("%s is %s, want %s", file, got, want)
		}
	}
	for _, c := range []struct {
		o    Options
		load string
		n    int
		want string
	}{
		{Options{}, "", 1, "fleet"}, {Options{}, "web", 1, "fleet"}, {Options{}, "web", 2, "web"}, {Options{Column: "2"}, "web", 1, "fleet.web"},
	} {
		if got := c.o.Name("fleet.csv", Load{Name: c.load}, c.n); got != c.want {
			t.Errorf("%q, one of %d, with column %q: %s, want %s", c.load, c.n, c.o.Column, got, c.want)
		}
	}
}
