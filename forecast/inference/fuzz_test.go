package inference

import (
	"math"
	"testing"

	"github.com/highwater-dev/highwater/forecast"
)

// FuzzDecode holds the decoder to: a named fault, or exactly the paths that were
// asked for, each value a load.
func FuzzDecode(f *testing.F) {
	for _, data := range []string{
		`1,2,3,4`, `[1,2],[3,4]`, `[[1],[2]],[[3],[4]]`, `[1,2],3`, `-1,2,-0,4`, `1,null,3,4`, `NaN,2,3,4`, `1e999,2,3,4`, `"1"`, `{},2`, `[[[[]]]]`,
	} {
		for _, shape := range []string{`2,2`, `2,2,1`, `2,-2`, `1,4`, `2,9223372036854775807`, `2.5,2`} {
			f.Add([]byte(`{"outputs":[{"name":"forecast","datatype":"FP32","shape":[`+shape+`],"data":[`+data+`]}]}`), 2, 2)
		}
	}
	f.Add([]byte(`{"outputs":null}`), 1, 1)
	f.Add([]byte(`{"outputs":[{"name":"other"}]}`), 1, 1)
	c := Config{Output: "forecast"}
	f.Fuzz(func(t *testing.T, body []byte, n, steps int) {
		if n < 1 || n > 1<<16 || steps < 1 {
			t.Skip("never asked for")
		}
		paths, clipped, err := c.decode(body, n, steps)
		if err != nil {
			if k := kindOfFault(err); k != NotProtocol && k != Mismatch && k != NotFinite {
				t.Fatalf("%q: %v", k, err)
			}
			return
		}
		if len(paths) != n || clipped < 0 {
			t.Fatalf("%d paths, want %d; %d clipped", len(paths), n, clipped)
		}
		for _, p := range paths {
			if len(p) != steps {
				t.Fatalf("%d steps, want %d", len(p), steps)
			}
			for _, v := range p {
				if !(v >= 0 && v <= forecast.MaxLoad) || math.Signbit(v) {
					t.Fatalf("%v", p)
				}
			}
		}
	})
}
