package v1alpha1

// A HolidayRule says what happens to a span that starts on a holiday.
//
// +kubebuilder:validation:Enum=Include;Skip;Only
type HolidayRule string

// The rules for holidays.
const (
	HolidaysInclude HolidayRule = "Include" // as on any other day
	HolidaysSkip    HolidayRule = "Skip"    // it is left out
	HolidaysOnly    HolidayRule = "Only"    // all others are left out
)

// A Date is a day of the calendar: "2026-12-24".
//
// +kubebuilder:validation:MaxLength=10
// +kubebuilder:validation:Pattern=`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`
type Date string

// A Schedule bounds floors at times of the clock, whatever the load. Its pods
// are Ready as it begins.
//
// +kubebuilder:validation:XValidation:rule="has(self.min) || has(self.max)",message="set min, max or both"
// +kubebuilder:validation:XValidation:rule="!has(self.min) || !has(self.max) || self.min <= self.max",message="min must not be more than max"
// +kubebuilder:validation:XValidation:rule="self.start.contains(' ') == self.end.contains(' ')",message="start and end must be two cron lines, or two times"
type Schedule struct {
	// What the schedule is, for people.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=100
	Name string `json:"name"`

	// When it begins: as cron writes it, for what comes again
	// ("0 8 * * MON-FRI"), or a time ("2026-11-27T08:00").
	// +required
	// +kubebuilder:validation:MinLength=9
	// +kubebuilder:validation:MaxLength=200
	Start string `json:"start"`

	// When it is over: likewise. It ends at the first end after each start.
	// +required
	// +kubebuilder:validation:MinLength=9
	// +kubebuilder:validation:MaxLength=200
	End string `json:"end"`

	// The time zone of start and end, by its name in the IANA database. Without
	// it, that of the calendar.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$`
	TimeZone string `json:"timeZone,omitempty"`

	// Floors are at least this many pods.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Min *int32 `json:"min,omitempty"`

	// Floors are at most this many pods, but never below the autoscaler's own
	// minReplicas. The autoscaler goes on scaling up by itself.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Max *int32 `json:"max,omitempty"`

	// What a holiday of the calendar does: Include begins as on any other day,
	// Skip leaves it out, Only leaves out all other days.
	// +optional
	// +kubebuilder:default=Include
	Holidays HolidayRule `json:"holidays,omitempty"`

	// Days on which it does not begin.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=366
	Except []Date `json:"except,omitempty"`
}
