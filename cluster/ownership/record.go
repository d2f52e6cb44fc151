package ownership

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
)

// RecordAnnotation is where an object carries its record, as JSON.
const RecordAnnotation = "highwater.dev/record"

const (
	// Remembered is how long a floor is known as Highwater's own: a tool that
	// saves minReplicas and puts it back does so within a night or a weekend.
	Remembered = 14 * 24 * time.Hour
	// refreshed is how old the date of a floor may get while the floor is set again.
	refreshed = 24 * time.Hour
	// MaxFloors bounds a record; the oldest go.
	MaxFloors = 40
)

type recordJSON struct {
	Baseline       int32                `json:"baseline"`
	By             string               `json:"by,omitempty"`
	Unset          bool                 `json:"unset,omitempty"`
	Before         *ownerJSON           `json:"before,omitempty"`
	Declared       *int32               `json:"declared,omitempty"`
	Floors         map[string]time.Time `json:"floors,omitempty"`
	Returned       *returnedJSON        `json:"returned,omitempty"`
	Overwrites     []time.Time          `json:"overwrites,omitempty"`
	Contests       int                  `json:"contests,omitempty"`
	ContestedUntil *time.Time           `json:"contestedUntil,omitempty"`
	ContestedBy    string               `json:"contestedBy,omitempty"`
}

type ownerJSON struct {
	Baseline int32  `json:"baseline"`
	By       string `json:"by,omitempty"`
	Unset    bool   `json:"unset,omitempty"`
}

type returnedJSON struct {
	Floor int32  `json:"floor"`
	By    string `json:"by,omitempty"`
}

// ParseRecord reads the record of an object's annotations. It is nil if they
// hold none, or one that cannot be read: what it said is lost then, and the
// lease alone says what the baseline is.
func ParseRecord(annotations map[string]string) *workload.Record {
	text, ok := annotations[RecordAnnotation]
	if !ok {
		return nil
	}
	var j recordJSON
	if parse(text, &j) != nil || j.Baseline < 0 {
		return nil
	}
	r := &workload.Record{
		OwnerValue: workload.OwnerValue{MinReplicas: j.Baseline, By: j.By, Unset: j.Unset},
		Declared:   j.Declared, Overwrites: j.Overwrites, Contests: j.Contests, ContestedBy: j.ContestedBy,
	}
	if j.Before != nil {
		r.Before = &workload.OwnerValue{MinReplicas: j.Before.Baseline, By: j.Before.By, Unset: j.Before.Unset}
	}
	if j.Returned != nil {
		r.Returned = &workload.OwnerValue{MinReplicas: j.Returned.Floor, By: j.Returned.By}
	}
	if j.ContestedUntil != nil {
		r.ContestedUntil = *j.ContestedUntil
	}
	for text, at := range j.Floors {
		if n, err := strconv.ParseInt(text, 10, 32); err == nil {
			if r.Floors == nil {
				r.Floors = map[int32]time.Time{}
			}
			r.Floors[int32(n)] = at
		}
	}
	return r
}

// FormatRecord writes a record as ParseRecord reads it, in UTC and whole seconds.
func FormatRecord(r workload.Record) string {
	j := recordJSON{Baseline: r.MinReplicas, By: name(r.By), Unset: r.Unset, Declared: r.Declared, Contests: r.Contests, ContestedUntil: second(r.ContestedUntil),
		ContestedBy: name(r.ContestedBy)}
	if r.Before != nil {
		j.Before = &ownerJSON{r.Before.MinReplicas, name(r.Before.By), r.Before.Unset}
	}
	if r.Returned != nil {
		j.Returned = &returnedJSON{r.Returned.MinReplicas, name(r.Returned.By)}
	}
	for n, at := range r.Floors {
		if j.Floors == nil {
			j.Floors = map[string]time.Time{}
		}
		j.Floors[fmt.Sprint(n)] = *second(at)
	}
	for _, at := range r.Overwrites {
		j.Overwrites = append(j.Overwrites, *second(at))
	}
	return format(j)
}

// maxName is how much of a field manager's name is kept, in bytes.
const maxName = 64

// name is a field manager's name as annotations hold it, so that it takes
// little room and needs no escapes.
func name(manager string) string {
	clean := []byte(manager[:min(len(manager), maxName)])
	for i, c := range clean {
		if c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			clean[i] = '_'
		}
	}
	return string(clean)
}

// recall returns a copy of r without what is too old to matter, and an empty
// record for none.
func recall(r *workload.Record, now time.Time) workload.Record {
	if r == nil {
		return workload.Record{}
	}
	out := *r
	out.Floors = maps.Clone(r.Floors)
	maps.DeleteFunc(out.Floors, func(_ int32, at time.Time) bool { return now.Sub(at) > Remembered })
	out.Overwrites = slices.DeleteFunc(slices.Clone(r.Overwrites), func(at time.Time) bool { return now.Sub(at) > ContestDay })
	if now.Sub(r.ContestedUntil) > ContestDay {
		out.Contests, out.ContestedUntil, out.ContestedBy = 0, time.Time{}, ""
	}
	return out
}

// Keep notes that floor is set.
func Keep(r *workload.Record, floor int32, now time.Time) {
	if at, ok := r.Floors[floor]; ok && now.Sub(at) < refreshed && !at.After(now) {
		return
	}
	floors := maps.Clone(r.Floors)
	if floors == nil {
		floors = map[int32]time.Time{}
	}
	floors[floor] = now.UTC().Truncate(time.Second)
	for len(floors) > MaxFloors {
		oldest := floor
		for n, at := range floors {
			if at.Before(floors[oldest]) || at.Equal(floors[oldest]) && n < oldest {
				oldest = n
			}
		}
		delete(floors, oldest)
	}
	r.Floors = floors
}

// Begun is a record for an object that carries none: the admission policy takes
// no floors and no earlier owner on trust.
func Begun(r workload.Record) workload.Record {
	r.Floors, r.Before, r.Returned = nil, nil, nil
	return r
}

// Blank reports whether a record has nothing worth keeping once no floor is set.
func Blank(r *workload.Record) bool {
	return r == nil || len(r.Floors) == 0 && len(r.Overwrites) == 0 && r.ContestedUntil.IsZero()
}
