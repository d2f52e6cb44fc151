package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// offsetVariable is by how many seconds the clock is off.
const offsetVariable = "HIGHWATER_TEST_CLOCK_OFFSET"

// edits change time.go of the standard library: Now adds the offset to the wall
// clock. What elapses is measured by the monotonic clock, which stays. Where
// there is none it is a bubble of testing/synctest, whose clock is given.
var edits = []struct{ old, new string }{
	{"import (\n\t\"errors\"\n\t\"math/bits\"\n\t_ \"unsafe\" // for go:linkname\n)\n",
		"import (\n\t\"errors\"\n\t\"math/bits\"\n\t\"syscall\"\n\t_ \"unsafe\" // for go:linkname\n)\n"},
	{"\tmono -= startNano\n\tsec += unixToInternal - minWall\n",
		"\tmono -= startNano\n\tsec += testClockOffset + unixToInternal - minWall\n"},
}

const offsetSource = `
// testClockOffset is in seconds.
var testClockOffset = func() int64 {
	text, ok := syscall.Getenv("` + offsetVariable + `")
	if !ok {
		return 0
	}
	seconds, err := atoi(text)
	if err != nil {
		panic("` + offsetVariable + ` is no number of seconds: " + text)
	}
	return int64(seconds)
}()
`

// shifted returns the source of time.go with a clock that may be off. A source
// that is not as expected is an error: another release of Go needs other edits.
func shifted(source string) (string, error) {
	for _, e := range edits {
		if n := strings.Count(source, e.old); n != 1 {
			return "", fmt.Errorf("time.go holds %d times, and not once, what is to be replaced:\n%s", n, e.old)
		}
		source = strings.Replace(source, e.old, e.new, 1)
	}
	return source + offsetSource, nil
}

// writeOverlay writes time.go and overlay.json, for build -overlay of the go in
// use, into a folder, and returns the path of the latter.
func writeOverlay(folder string) (string, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOROOT: %w", err)
	}
	original := filepath.Join(strings.TrimSpace(string(goroot)), "src", "time", "time.go")
	source, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	changed, err := shifted(string(source))
	if err != nil {
		return "", fmt.Errorf("%s: %w", original, err)
	}
	copied, overlay := filepath.Join(folder, "time.go"), filepath.Join(folder, "overlay.json")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {original: copied}})
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	for path, data := range map[string][]byte{copied: []byte(changed), overlay: replace} {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return "", err
		}
	}
	return overlay, nil
}
