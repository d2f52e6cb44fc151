package actuator

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/highwater-dev/highwater/workload"
)

// LeaseAnnotation is where an object carries its lease, as JSON.
const LeaseAnnotation = "highwater.dev/lease"

// leaseJSON is the lease as it is written. The pointers tell a zero from
// nothing.
type leaseJSON struct {
	Baseline *int32     `json:"baseline"`
	Floor    *int32     `json:"floor"`
	Renewed  *time.Time `json:"renewed"`
	Expires  *time.Time `json:"expires"`
	Holder   string     `json:"holder,omitempty"`
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
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return nil, fmt.Errorf("annotation %s: %w", LeaseAnnotation, err)
	}
	if err := j.check(); err != nil {
		return nil, fmt.Errorf("annotation %s: %w", LeaseAnnotation, err)
	}
	return &workload.Lease{
		Baseline: *j.Baseline,
		Floor:    *j.Floor,
		Renewed:  *j.Renewed,
		Expires:  *j.Expires,
		Holder:   j.Holder,
	}, nil
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
	case *j.Floor < *j.Baseline:
		return fmt.Errorf("floor %d is below the baseline %d", *j.Floor, *j.Baseline)
	case j.Expires.Before(*j.Renewed):
		return errors.New("expires is before renewed")
	}
	return nil
}

// FormatLease writes a lease as ParseLease reads it, in UTC and whole seconds.
func FormatLease(l workload.Lease) string {
	renewed, expires := l.Renewed.UTC().Truncate(time.Second), l.Expires.UTC().Truncate(time.Second)
	b, err := json.Marshal(leaseJSON{
		Baseline: &l.Baseline,
		Floor:    &l.Floor,
		Renewed:  &renewed,
		Expires:  &expires,
		Holder:   l.Holder,
	})
	if err != nil { // a year beyond 9999
		panic(fmt.Sprintf("actuator: format lease: %v", err))
	}
	return string(b)
}
