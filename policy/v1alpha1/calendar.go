package v1alpha1

// A Calendar says what the clock cannot: where the users live, which days are
// free, and what is planned.
type Calendar struct {
	// The time zone of the people who make the load, by its name in the IANA
	// database: "Europe/Berlin". Without it, UTC.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$`
	TimeZone string `json:"timeZone,omitempty"`

	// The regions whose public holidays are free days, by their ISO codes: DE,
	// DE-BY, US. A day is free if it is so in any of them.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=20
	Holidays []Region `json:"holidays,omitempty"`

	// Times at which the load is known to be unusual.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=100
	Events []Event `json:"events,omitempty"`
}

// A Region is the ISO code of a country or of a part of it: DE, DE-BY.
//
// +kubebuilder:validation:MaxLength=8
// +kubebuilder:validation:Pattern=`^[A-Z]{2,3}(-[A-Z]{2,3})?$`
type Region string

// A Time is one in RFC 3339, or one of the calendar's time zone without an
// offset: "2026-11-27T08:00". 24:00 is the end of a day.
//
// +kubebuilder:validation:MaxLength=40
// +kubebuilder:validation:Pattern=`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})?)?$`
type Time string

// An Event is a time at which the load is a known multiple of what it would be
// otherwise. It has a start and an end, or a schedule and a duration.
//
// +kubebuilder:validation:XValidation:rule="(has(self.start) && has(self.end)) != (has(self.schedule) && has(self.duration)) && has(self.start) == has(self.end) && has(self.schedule) == has(self.duration)",message="give either start and end, or schedule and duration"
// +kubebuilder:validation:XValidation:rule="!has(self.start) || !has(self.end) || self.start.matches('(Z|[+-][0-9]{2}:[0-9]{2})$') || self.end.matches('(Z|[+-][0-9]{2}:[0-9]{2})$') || self.start < self.end",message="end must be after start"
type Event struct {
	// What the event is, for people.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=100
	Name string `json:"name"`

	// When the event begins.
	// +optional
	Start Time `json:"start,omitempty"`

	// When the event is over.
	// +optional
	End Time `json:"end,omitempty"`

	// When an event that comes again begins, as cron writes it, in the
	// calendar's time zone: "0 9 * * MON-FRI".
	// +optional
	// +kubebuilder:validation:MinLength=9
	// +kubebuilder:validation:MaxLength=200
	Schedule string `json:"schedule,omitempty"`

	// How long each occurrence lasts: more than 0s and at most 744h.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) > duration('0s') && duration(self) <= duration('744h')",message="must be more than 0s and at most 744h"
	Duration Duration `json:"duration,omitempty"`

	// What the load is a multiple of, compared with what it would be otherwise:
	// 3, 0.5. Without it, or with 1, the time is unusual in a way that is not
	// known: it is forecast like any other, and nothing is learned from it.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:ExclusiveMinimum=true
	// +kubebuilder:validation:Maximum=1000
	Multiplier float64 `json:"multiplier,omitempty"`
}
