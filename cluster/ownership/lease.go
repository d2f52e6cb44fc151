// Package ownership says whose minReplicas is. A lease, an annotation on the
// autoscaler, holds the way back from a floor; a record, another one, remembers
// for a fortnight what its owners wrote and what Highwater set; the managed fields
// tell who wrote last. Read takes all of them from an autoscaler, and Own draws the
// conclusion.
//
//	w, err := ownership.Read(hpa, now) // w.Baseline is the owner's minReplicas
package ownership

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
)

// LeaseAnnotation is where an object carries its lease, as JSON.
const LeaseAnnotation = "highwater.dev/lease"

const (
	// MaxTTL is the longest that a lease may run, whoever writes it: the
	// admission policy of the chart holds Highwater to it, too.
	MaxTTL = 24 * time.Hour
	// MaxSkew is how far apart the clocks of a cluster are taken to be.
	MaxSkew = 5 * time.Minute
	// MaxAnnotation is the longest annotation that is read, in bytes.
	MaxAnnotation = 4096
	// maxCause is how much of a parser's message is passed on, in bytes.
	maxCause = 200
)

// leaseJSON is the lease as it is written. The pointers tell a zero from
// nothing. The admission policy relies on the order of the keys.
type leaseJSON struct {
	Baseline     *int32     `json:"baseline"`
	Floor        *int32     `json:"floor"`
	Renewed      *time.Time `json:"renewed"`
	Expires      *time.Time `json:"expires"`
	Holder       string     `json:"holder,omitempty"`
	Installation string     `json:"installation,omitempty"`
	DoubtSince   *time.Time `json:"doubtSince,omitempty"`
	Unset        bool       `json:"unset,omitempty"` // of a ScaledObject: there was no baseline
}

// ParseLease reads the lease of an object's annotations. It is nil if they
// hold none. An error means that there is one which cannot be relied on: then
// the baseline is not known, and nothing may be written over it.
func ParseLease(annotations map[string]string) (*workload.Lease, error) {
	text, ok := annotations[LeaseAnnotation]
	if !ok {
		return nil, nil
	}
	var j leaseJSON
	if err := parse(text, &j); err != nil {
		return nil, fmt.Errorf("annotation %s: %w", LeaseAnnotation, err)
	}
	if err := j.check(); err != nil {
		return nil, fmt.Errorf("annotation %s: %w", LeaseAnnotation, err)
	}
	l := &workload.Lease{
		Baseline: *j.Baseline, Floor: *j.Floor, Renewed: *j.Renewed, Expires: *j.Expires,
		Holder: j.Holder, Installation: j.Installation, Unset: j.Unset,
	}
	if j.DoubtSince != nil {
		l.DoubtSince = *j.DoubtSince
	}
	return l, nil
}

// parse reads the JSON of an annotation. Its error is short, whatever text is.
func parse(text string, into any) error {
	if len(text) > MaxAnnotation {
		return fmt.Errorf("it is %d bytes long, more than %d", len(text), MaxAnnotation)
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		if cause := err.Error(); len(cause) > maxCause {
			return errors.New(strings.ToValidUTF8(cause[:maxCause], "") + "…")
		}
		return err
	}
	return nil
}

func (j leaseJSON) check() error {
	switch {
	case j.Baseline == nil:
		return errors.New("baseline is missing")
	case j.Floor == nil:
		return errors.New("floor is missing")
	case j.Renewed == nil:
		return errors.New("renewed is missing")
	case j.Expires == nil:
		return errors.New("expires is missing")
	case *j.Baseline < 0:
		return fmt.Errorf("baseline %d is negative", *j.Baseline)
	case j.Unset && *j.Baseline != 0:
		return fmt.Errorf("baseline %d is unset, too", *j.Baseline)
	case *j.Floor < *j.Baseline:
		return fmt.Errorf("floor %d is below the baseline %d", *j.Floor, *j.Baseline)
	case j.Expires.Before(*j.Renewed):
		return errors.New("expires is before renewed")
	}
	return nil
}

// FormatLease writes a lease as ParseLease reads it, in UTC and whole seconds.
func FormatLease(l workload.Lease) string {
	return format(leaseJSON{
		Baseline: &l.Baseline, Floor: &l.Floor, Renewed: second(l.Renewed), Expires: second(l.Expires),
		Holder: l.Holder, Installation: l.Installation, DoubtSince: second(l.DoubtSince), Unset: l.Unset,
	})
}

// second is a time as annotations hold it; nil for the zero time.
func second(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}

func format(j any) string {
	b, err := json.Marshal(j)
	if err != nil { // a year beyond 9999
		panic(fmt.Sprintf("ownership: format annotation: %v", err))
	}
	return string(b)
}

// Expired reports whether a lease has run out. One that runs for longer than any
// may, or that was renewed in the future, was written by a wrong clock: it has
// run out, too, or it would never end.
func Expired(l workload.Lease, now time.Time) bool {
	return !now.Before(l.Expires) || l.Renewed.After(now.Add(MaxSkew)) || l.Expires.After(l.Renewed.Add(MaxTTL))
}
