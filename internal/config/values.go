package config

import (
	"encoding/json"

	"github.com/prometheus/common/model"
	"github.com/spf13/pflag"

	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/internal/strictyaml"
)

// Duration makes a flag of a Prometheus duration, which knows days: 15d.
func Duration(d *model.Duration) pflag.Value { return (*durationValue)(d) }

type durationValue model.Duration

func (d *durationValue) String() string { return (*model.Duration)(d).String() }
func (d *durationValue) Type() string   { return "duration" }
func (d *durationValue) Set(s string) error {
	v, err := model.ParseDuration(s)
	if err != nil {
		return err
	}
	*d = durationValue(v)
	return nil
}

// eventsValue makes a flag of events: it is their list in YAML.
type eventsValue []calendar.EventSpec

func (e *eventsValue) Type() string { return "events" }

func (e *eventsValue) String() string { return listText(*e) }

func (e *eventsValue) Set(s string) error { return setList((*[]calendar.EventSpec)(e), s) }

// listText shows the list of a flag that is given in YAML.
func listText[T any](list []T) string {
	if len(list) == 0 {
		return ""
	}
	text, err := json.Marshal(list)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// setList reads the list of such a flag; what it held is replaced.
func setList[T any](list *[]T, s string) error {
	var read []T
	if err := strictyaml.Unmarshal([]byte(s), &read); err != nil {
		return err
	}
	*list = read
	return nil
}

// optional makes a flag of a section that may be left out: it is the section in
// YAML.
func optional[T any](section **T) pflag.Value { return &sectionValue[T]{section} }

type sectionValue[T any] struct{ section **T }

const sectionType = "section"

func (v *sectionValue[T]) Type() string { return sectionType }

func (v *sectionValue[T]) String() string {
	if v.section == nil || *v.section == nil {
		return ""
	}
	text, err := json.Marshal(*v.section)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (v *sectionValue[T]) Set(s string) error {
	var read *T
	if err := strictyaml.Unmarshal([]byte(s), &read); err != nil {
		return err
	}
	*v.section = read
	return nil
}
