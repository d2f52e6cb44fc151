package calendar

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// What a Spec keeps to.
const (
	// MaxEvents is how many events a Spec may list.
	MaxEvents = 100
	// MaxYearly is how many occurrences the events of a Spec may have in a
	// year: about one an hour. What comes more often is a season, and found.
	MaxYearly = 10_000
	// MaxDuration is how long one occurrence may last.
	MaxDuration = 31 * day
	// MaxSpan is the most that lies between the start and the end of an event.
	MaxSpan = 366 * day
	// MaxMultiplier is the largest multiplier that is believed.
	MaxMultiplier = 1000
	// maxName is in characters.
	maxName = 100
)

// A Problem is a field of a Spec that makes no sense, and what would.
type Problem struct {
	Field   string // as it is written: "events[2].end"
	Message string
}

func (p Problem) Error() string { return p.Field + ": " + p.Message }

// Check returns all that is wrong with s, each with its field, or nil.
func (s Spec) Check() error {
	var errs []error
	for _, p := range s.Problems() {
		errs = append(errs, p)
	}
	return errors.Join(errs...)
}

// Problems returns all that is wrong with s, in the order of its fields.
func (s Spec) Problems() []Problem {
	var c checker
	loc, err := locationOf(s.TimeZone)
	if err != nil {
		c.bad("timeZone", "%v", err)
		loc = time.UTC
	}
	for i, code := range s.Holidays {
		field := fmt.Sprintf("holidays[%d]", i)
		if _, ok := regionOf(code); !ok {
			c.bad(field, "%q is not a region whose holidays are known; %s", code, suggest(code))
		} else if slices.Contains(s.Holidays[:i], code) {
			c.bad(field, "%q is named twice", code)
		}
	}
	if len(s.Events) > MaxEvents {
		c.bad("events", "there are %d, and at most %d are allowed; use a schedule for those that come again", len(s.Events), MaxEvents)
		return c.problems
	}
	yearly := 0
	for i, e := range s.Events {
		yearly += c.event(fmt.Sprintf("events[%d].", i), e, loc)
	}
	if yearly > MaxYearly {
		c.bad("events", "they come %d times a year, and at most %d are allowed; what comes every hour is found without being told", yearly, MaxYearly)
	}
	return c.problems
}

type checker struct{ problems []Problem }

func (c *checker) bad(field, format string, args ...any) {
	c.problems = append(c.problems, Problem{field, fmt.Sprintf(format, args...)})
}

// event checks one event and returns how often it comes in a year.
func (c *checker) event(path string, e EventSpec, loc *time.Location) (yearly int) {
	switch {
	case strings.TrimSpace(e.Name) == "":
		c.bad(path+"name", "it is missing: say what the event is")
	case utf8.RuneCountInString(e.Name) > maxName:
		c.bad(path+"name", "it has %d characters, and at most %d are allowed", utf8.RuneCountInString(e.Name), maxName)
	}
	switch m := float64(e.Multiplier); {
	case math.IsNaN(m) || m < 0:
		c.bad(path+"multiplier", "%g is not a multiple of a load: it must be more than 0", m)
	case m > MaxMultiplier:
		c.bad(path+"multiplier", "%g is too large: it must be at most %d", m, MaxMultiplier)
	}
	once, again := e.Start != "" || e.End != "", e.Schedule != "" || e.Duration != ""
	switch {
	case once && again:
		c.bad(strings.TrimSuffix(path, "."), "it has %s: give either start and end, or schedule and duration", strings.Join(e.given(), " and "))
	case once:
		c.once(path, e, loc)
		return 1
	case again:
		return c.again(path, e)
	default:
		c.bad(strings.TrimSuffix(path, "."), "it has no time: give either start and end, or schedule and duration")
	}
	return 0
}

// given lists the fields of time that e has.
func (e EventSpec) given() []string {
	var names []string
	for _, f := range []struct{ name, value string }{{"start", e.Start}, {"end", e.End}, {"schedule", e.Schedule}, {"duration", e.Duration}} {
		if f.value != "" {
			names = append(names, f.name)
		}
	}
	return names
}

func (c *checker) once(path string, e EventSpec, loc *time.Location) {
	read := func(field, text string) (moment, bool) {
		if text == "" {
			c.bad(path+field, "it is missing: write it as 2026-11-27T08:00")
			return moment{}, false
		}
		m, err := momentOf(text)
		if err != nil {
			c.bad(path+field, "%v", err)
		}
		return m, err == nil
	}
	start, ok := read("start", e.Start)
	end, ok2 := read("end", e.End)
	if !ok || !ok2 {
		return
	}
	switch d := end.end(loc).Sub(start.start(loc)); {
	case d <= 0:
		c.bad(path+"end", "%s is not after the start %s", e.End, e.Start)
	case d > MaxSpan:
		c.bad(path+"end", "it is %.0f days after the start, and at most %d are allowed; a load that stays is not an event", d.Hours()/24, MaxSpan/day)
	}
}

func (c *checker) again(path string, e EventSpec) (yearly int) {
	if e.Schedule == "" {
		c.bad(path+"schedule", "it is missing: write five fields of cron, as \"0 9 * * MON-FRI\"")
	} else if s, err := parseSchedule(e.Schedule); err != nil {
		c.bad(path+"schedule", "%v", err)
	} else {
		yearly = s.yearly()
	}
	switch d, err := time.ParseDuration(e.Duration); {
	case e.Duration == "":
		c.bad(path+"duration", "it is missing: say how long each occurrence lasts, as 90m or 24h")
	case err != nil:
		c.bad(path+"duration", "%q is not a duration: write it as 90m, 24h or 1h30m", e.Duration)
	case d <= 0 || d > MaxDuration:
		c.bad(path+"duration", "%s is out of range: it must be more than 0s and at most %s", e.Duration, hours(MaxDuration))
	}
	return yearly
}

// hours writes d without the zeros that String adds.
func hours(d time.Duration) string { return fmt.Sprintf("%dh", d/time.Hour) }

// others are names of regions that are common and not their codes.
var others = map[string]string{
	"UK": "GB", "ENG": "GB-ENG", "ENGLAND": "GB-ENG", "WLS": "GB-WLS", "GREAT BRITAIN": "GB", "BRITAIN": "GB",
	"EL": "GR", "EU": "ECB", "USA": "US", "AMERICA": "US", "DEUTSCHLAND": "DE", "GERMAN": "DE", "CZECH REPUBLIC": "CZ", "HOLLAND": "NL",
}

// suggest says what was meant by a code that is not known.
func suggest(code string) string {
	asked := strings.ToUpper(strings.TrimSpace(strings.ReplaceAll(code, "_", "-")))
	if other, ok := others[asked]; ok {
		asked = other
	}
	if r, ok := regionOf(asked); ok {
		return meant(r)
	}
	country, _, isPart := strings.Cut(asked, "-")
	if parts := partsOf(country); len(parts) > 0 {
		return "of " + country + " there are " + strings.Join(parts, ", ")
	}
	if r, ok := regionOf(country); ok && isPart {
		return "of " + country + " only the whole country is known: write " + r.Code
	}
	if r, ok := nearest(asked); ok {
		return meant(r)
	}
	var codes []string
	for _, r := range regions {
		if !strings.Contains(r.Code, "-") {
			codes = append(codes, r.Code)
		}
	}
	return "the countries are " + strings.Join(codes, ", ") + ", and AU, CH, DE and GB have parts, as DE-BY"
}

func meant(r region) string { return fmt.Sprintf("did you mean %s (%s)?", r.Code, r.Name) }

// partsOf lists what is known of a country, if that has parts.
func partsOf(country string) []string {
	var codes []string
	parts := false
	for _, r := range regions {
		if r.Code == country || strings.HasPrefix(r.Code, country+"-") {
			codes = append(codes, r.Code)
			parts = parts || r.Code != country
		}
	}
	if !parts {
		return nil
	}
	return codes
}

// nearest returns the region whose name is at most two edits away.
func nearest(name string) (region, bool) {
	if len(name) < 4 {
		return region{}, false // everything is two edits away
	}
	best := slices.MinFunc(regions, func(a, b region) int {
		return cmp.Compare(edits(name, strings.ToUpper(a.Name)), edits(name, strings.ToUpper(b.Name)))
	})
	return best, edits(name, strings.ToUpper(best.Name)) <= 2
}

// edits is the Levenshtein distance of a and b, in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
