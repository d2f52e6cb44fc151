// Clock sets the clock of Go programs to a time of day, so that tests can be
// shown to pass at any.
//
//	go run ./test/clock -overlay folder     # writes an overlay of the standard library
//	go run ./test/clock -at 21:00           # prints how many seconds it is to 21:00 UTC today
//
// What is built with go build -overlay folder/overlay.json adds the number of
// seconds in HIGHWATER_TEST_CLOCK_OFFSET to its wall clock. See scripts/test-at.sh.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	folder := flag.String("overlay", "", "write the overlay into this `folder`, and print its path")
	at := flag.String("at", "", "print how many seconds it is from now to this `time` of the present day in UTC, as 21:00")
	flag.Parse()
	if err := run(*folder, *at); err != nil {
		fmt.Fprintln(os.Stderr, "clock:", err)
		os.Exit(1)
	}
}

func run(folder, at string) error {
	if folder != "" {
		overlay, err := writeOverlay(folder)
		if err != nil {
			return err
		}
		fmt.Println(overlay)
	}
	if at != "" {
		seconds, err := offset(time.Now(), at)
		if err != nil {
			return err
		}
		fmt.Println(seconds)
	}
	return nil
}

// offset returns the seconds from now to a time of its day in UTC.
func offset(now time.Time, at string) (int64, error) {
	clock, err := time.Parse("15:04", at)
	if err != nil {
		return 0, fmt.Errorf("%q is no time of day: write it as 21:00", at)
	}
	y, m, d := now.UTC().Date()
	return int64(time.Date(y, m, d, clock.Hour(), clock.Minute(), 0, 0, time.UTC).Sub(now) / time.Second), nil
}
