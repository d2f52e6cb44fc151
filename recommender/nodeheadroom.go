package recommender

import "time"

// Nodes take longer than pods, so they are asked for earlier: room for the pods
// that the plan adds while a node would be on its way. What the present nodes have
// left is not subtracted, since the node autoscaler puts the room that is asked
// for there first and adds nodes for the rest.

// NodeHeadroom returns the pods that the plan adds to those standing within the
// lead time of nodes. It does not become less with a longer lead time or with
// fewer pods standing.
func (pl Plan) NodeHeadroom(lead time.Duration, standing int32) int32 {
	if len(pl.Points) == 0 {
		return 0
	}
	return max(pl.highest(pl.Points[0].Time, pl.Points[0].Time.Add(max(lead, 0)))-standing, 0)
}

// An HourlyPods is a number of pods in the hour that begins at Time.
type HourlyPods struct {
	Time time.Time
	Pods int32
}

// NodeHeadroomByHour returns the most node headroom of each hour of the plan, as
// if the pods always followed the floor. The first hour begins with the plan, the
// others are whole ones of UTC; past its end, the plan's last floor holds on. It is
// the same for a plan and for its changes, but for where they end.
func (pl Plan) NodeHeadroomByHour(lead time.Duration) []HourlyPods {
	if len(pl.Points) == 0 {
		return nil
	}
	lead = max(lead, 0)
	var hours []HourlyPods
	end := pl.Points[len(pl.Points)-1].Time
	for from := pl.Points[0].Time; !from.After(end); {
		until := from.Truncate(time.Hour).Add(time.Hour)
		h := HourlyPods{Time: from}
		for i, p := range pl.Points {
			// The floor of p holds from a until b, both within the hour.
			a, b := p.Time, until
			if a.Before(from) {
				a = from
			}
			if i+1 < len(pl.Points) && pl.Points[i+1].Time.Before(b) {
				b = pl.Points[i+1].Time
			}
			if a.Before(b) {
				h.Pods = max(h.Pods, pl.highest(a, b.Add(lead-1))-p.Floor)
			}
		}
		hours = append(hours, h)
		from = until
	}
	return hours
}

// highest returns the largest floor that holds at some time of [from, until].
func (pl Plan) highest(from, until time.Time) int32 {
	most := int32(0)
	for i, p := range pl.Points {
		if p.Time.After(until) {
			break
		}
		if i+1 == len(pl.Points) || pl.Points[i+1].Time.After(from) {
			most = max(most, p.Floor)
		}
	}
	return most
}
