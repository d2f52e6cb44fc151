package proof

import (
	"testing"
	"time"
)

// BenchmarkProve is a proof of 28 days of history.
func BenchmarkProve(b *testing.B) {
	for name, step := range map[string]time.Duration{"minutes": time.Minute, "5min": 5 * time.Minute} {
		b.Run(name, func(b *testing.B) {
			c := wavy(28, step)
			for b.Loop() {
				if _, err := c.Prove(nil, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
