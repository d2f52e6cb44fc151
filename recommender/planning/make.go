package planning

// Make plans the workloads, in their order. tick is called before each of them
// and at the end, with how many are done; an error of it ends the work, and is
// returned. It may be nil.
func Make(workloads []Workload, o Options, tick func(done, total int, name string) error) (*Report, error) {
	p, err := NewPlanner(o)
	if err != nil {
		return nil, err
	}
	plans := make([]*Planned, len(workloads))
	for i := range workloads {
		if tick != nil {
			if err := tick(i, len(workloads), workloads[i].Key()); err != nil {
				return nil, err
			}
		}
		plans[i] = p.Plan(workloads[i])
	}
	if tick != nil {
		if err := tick(len(workloads), len(workloads), ""); err != nil {
			return nil, err
		}
	}
	return p.Gather(plans), nil
}
