package fleet

import (
	"fmt"
	"testing"
)

func TestATargetIsAShareOrALoad(t *testing.T) {
	for text, want := range map[string]string{
		"70%": "35 <nil>", " 70 % ": "35 <nil>", "35": "35 <nil>", "100": "100 <nil>", "2.5": "2.5 <nil>", "1.1%": "0.55 <nil>",
		"0.7":  "0 0.7 for each pod is 1.4 % of what a pod carries; write 70% if a share is meant",
		"1%":   "0 it is 1 % of what a pod carries; make it more than 1 % and at most 200 %",
		"101":  "0 it is 202 % of what a pod carries; make it more than 1 % and at most 200 %",
		"":     `"": write it as 70%, or as the load that each pod should have, such as 85`,
		"lots": `"lots": write it as 70%, or as the load that each pod should have, such as 85`,
		"-3%":  `"-3%": write it as 70%, or as the load that each pod should have, such as 85`,
		"Inf":  `"Inf": write it as 70%, or as the load that each pod should have, such as 85`,
	} {
		target, err := ParseTarget(text)
		got := fmt.Sprint(err)
		if err == nil {
			load, err := target.PerPod(50)
			got = fmt.Sprintf("%.4g %v", load, err)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
