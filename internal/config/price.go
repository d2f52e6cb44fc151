package config

import (
	"errors"
	"fmt"

	"github.com/highwater-dev/highwater/recommender/price"
)

// Book returns the prices that are configured.
func (p Price) Book() *price.Book {
	return price.New(price.Rates{Pod: p.PodHour, CPU: p.CPUHour, GiB: p.GiBHour, GPU: p.GPUHour}, p.Currency)
}

// maxCurrency is how long the name of a currency may be.
const maxCurrency = 12

// Validate returns every problem of the prices, each with its key.
func (p Price) Validate() error {
	var errs []error
	for _, r := range []struct {
		key  string
		rate float64
	}{{"podHour", p.PodHour}, {"cpuHour", p.CPUHour}, {"gibHour", p.GiBHour}, {"gpuHour", p.GPUHour}} {
		if err := price.Check(r.rate); err != nil && r.rate != 0 {
			errs = append(errs, fmt.Errorf("price.%s: %v is no price: %w; give what an hour costs, or 0 if it is not known", r.key, r.rate, err))
		}
	}
	if p.PodHour != 0 && (p.CPUHour != 0 || p.GiBHour != 0 || p.GPUHour != 0) {
		errs = append(errs, fmt.Errorf("price.podHour: %v, and price.cpuHour, gibHour or gpuHour is set too: give the price of a pod, or those of its parts", p.PodHour))
	}
	if len(p.Currency) > maxCurrency {
		errs = append(errs, fmt.Errorf("price.currency: %q is too long; write its code, as EUR", p.Currency))
	}
	return errors.Join(errs...)
}
