package api

import (
	"time"

	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/recommender/price"
)

// PlanRequest asks for a plan of capacity. All of it may be left out.
type PlanRequest struct {
	Horizon   string      `json:"horizon,omitempty" doc:"How far ahead, as 24h or 7d; 28d at the most" default:"24h" maxLength:"32"`
	Step      string      `json:"step,omitempty" doc:"Of the rows: a part of a day from 15m on" default:"1h" maxLength:"32"`
	Namespace string      `json:"namespace,omitempty" doc:"Only workloads of this namespace" maxLength:"253"`
	Q         string      `json:"q,omitempty" doc:"Only workloads whose namespace/name contains this" maxLength:"253"`
	Quantiles []float64   `json:"quantiles,omitempty" doc:"Of the load: the middle one, and the one that limits are held against; 0.5 and 0.95 if left out" maxItems:"2"`
	Samples   *int        `json:"samples,omitempty" doc:"Sampled courses of each load, which short minutes are the mean of; 6 if left out" minimum:"0" maximum:"100"`
	WhatIf    *PlanWhatIf `json:"whatIf,omitempty"`
	Limits    *PlanLimits `json:"limits,omitempty"`
}

// PlanWhatIf changes workloads before they are planned.
type PlanWhatIf struct {
	Load        []PlanScale          `json:"load,omitempty" doc:"Factors of loads; where several fit, they multiply" maxItems:"100"`
	Events      []calendar.EventSpec `json:"events,omitempty" doc:"That come to every workload, in the time zone of its own calendar" maxItems:"100"`
	Zone        *PlanZone            `json:"zone,omitempty" doc:"Room for the loss of a zone"`
	Target      *float64             `json:"target,omitempty" doc:"Share of what a pod carries that the autoscaler aims at: 0.8"`
	PodSize     *float64             `json:"podSize,omitempty" doc:"How many times as large a pod is"`
	AllEnforced bool                 `json:"allEnforced,omitempty" doc:"Floors on every workload, whatever its mode and its proof"`
	Start       string               `json:"start,omitempty" doc:"How long pods take from creation to Ready, as 90s" maxLength:"32"`
	Price       float64              `json:"price,omitempty" doc:"Of one pod-hour"`
	PriceCPU    float64              `json:"priceCPU,omitempty" doc:"Of one core-hour, instead"`
	PriceMemory float64              `json:"priceMemory,omitempty" doc:"Of one GiB-hour, instead"`
}

// PlanScale multiplies the loads of some workloads.
type PlanScale struct {
	Selector string  `json:"selector,omitempty" doc:"Pattern of namespace/name, as shop/*, or of the name alone; empty fits all" maxLength:"512"`
	Factor   float64 `json:"factor"`
}

// PlanZone asks for so many pods that one zone can be lost.
type PlanZone struct {
	Zones int        `json:"zones" doc:"How many there are"`
	Start *time.Time `json:"start,omitempty" doc:"From when it is asked; throughout if left out"`
	End   *time.Time `json:"end,omitempty"`
}

// PlanLimits are what there is room for, beyond the workloads' own ceilings.
type PlanLimits struct {
	Quotas map[string]PlanQuota `json:"quotas,omitempty" doc:"By namespace"`
	Nodes  *PlanQuota           `json:"nodes,omitempty" doc:"What all nodes hold together, for these workloads"`
}

// PlanQuota is room for pods. What is 0 or left out is no limit.
type PlanQuota struct {
	Pods   float64 `json:"pods,omitempty"`
	CPU    float64 `json:"cpu,omitempty" doc:"Cores"`
	Memory float64 `json:"memory,omitempty" doc:"Bytes"`
}

// PlanJob is a plan that is being made, or was.
type PlanJob struct {
	ID       string    `json:"id"`
	State    string    `json:"state" enum:"running,done,failed,cancelled"`
	Done     int       `json:"done" doc:"Workloads that are planned"`
	Total    int       `json:"total"`
	Workload string    `json:"workload" doc:"That is being planned; empty for none"`
	Error    string    `json:"error" doc:"Why it failed; empty if it did not"`
	Started  time.Time `json:"started"`
	Report   string    `json:"report" doc:"Where the report is read, relative to this server"`
	Events   string    `json:"events" doc:"Where its progress is streamed"`
}

// Advices are what to change in an autoscaler itself.
type Advices struct {
	MadeAt time.Time    `json:"madeAt"`
	From   *time.Time   `json:"from" doc:"From when the past was looked at"`
	To     *time.Time   `json:"to"`
	Price  *price.Price `json:"price,omitempty" doc:"Of a pod-hour; left out if there is none"`
	None   string       `json:"none" doc:"Why nothing could be looked at; empty if it was"`
	Items  []Advice     `json:"items" doc:"The most worth first; none if there is nothing to say"`
	Notes  []string     `json:"notes" doc:"What makes all of it doubtful"`
}

// Advice is one field to change, with what a replay of the past says of it. Each
// is measured alone.
type Advice struct {
	Kind         string         `json:"kind"`
	Field        string         `json:"field" doc:"Of the autoscaler or the pod template"`
	Now          string         `json:"now"`
	Better       string         `json:"better"`
	Why          string         `json:"why"`
	Evidence     []AdviceNumber `json:"evidence"`
	PodHours     *float64       `json:"podHours" doc:"Change per week if taken: negative saves"`
	Cost         *float64       `json:"cost,omitempty" doc:"Change per week if taken, in the currency of the price: negative saves; left out without a price"`
	ShortMinutes *float64       `json:"shortMinutes" doc:"Change per week if taken: negative is better"`
	Worth        *float64       `json:"worth" doc:"Both together, in pod-hours per week: positive is better"`
	WithFloors   bool           `json:"withFloors" doc:"Holds only with Highwater's floors set: mode Enforce"`
	Confidence   string         `json:"confidence" enum:"high,medium,low"`
}

// AdviceNumber is one number of the evidence.
type AdviceNumber struct {
	Name  string   `json:"name"`
	Value *float64 `json:"value"`
	Unit  string   `json:"unit"`
}
