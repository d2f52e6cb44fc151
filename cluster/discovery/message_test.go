package discovery

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
)

// A condition's message that is too long is cut to what the API server takes,
// and not within a letter.
func TestALongMessageOfAConditionIsCutAtALetter(t *testing.T) {
	for _, letter := range []string{"l", "é", "水", "🌊"} {
		for ahead := range 4 {
			text := strings.Repeat("l", ahead) + strings.Repeat(letter, maxMessage)
			in := PolicyStatus{Problems: []workload.Problem{{Code: "BadLease", Message: text, Fatal: true}}}
			for _, c := range statusOf(v1alpha1.FloorPolicyStatus{}, 1, in, noon).Conditions {
				if !utf8.ValidString(c.Message) || len(c.Message) > maxMessage || !strings.HasPrefix(text, c.Message) {
					t.Errorf("%d and then %s: %s has %d bytes that end with %q", ahead, letter, c.Type, len(c.Message), c.Message[max(0, len(c.Message)-5):])
				}
				if c.Type == v1alpha1.Ready && len(c.Message) <= maxMessage-utf8.UTFMax {
					t.Errorf("%d and then %s: %s is cut to %d bytes", ahead, letter, c.Type, len(c.Message))
				}
			}
		}
	}
}
