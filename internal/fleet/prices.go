package fleet

import (
	"context"

	"github.com/highwater-dev/highwater/cluster/discovery"
	"github.com/highwater-dev/highwater/recommender/price"
)

// prices are those of the configuration, and what OpenCost says in the source, if
// there is one. What cannot be used is noted.
func (r *Reader) prices(ctx context.Context, source *Source) *price.Book {
	configured := r.Config.Price.Book()
	if source == nil || !r.Config.Price.OpenCost {
		return configured
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	book, left, err := discovery.ReadPrices(ctx, source.Reader, source.To, configured)
	switch {
	case err != nil:
		r.notes = append(r.notes, "what OpenCost says of prices is not known: "+err.Error())
	case left != "":
		r.notes = append(r.notes, left)
	}
	return book
}
