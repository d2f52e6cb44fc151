package table_test

import (
	"os"

	"github.com/highwater-dev/highwater/internal/table"
)

func ExampleWrite() {
	_ = table.Write(os.Stdout, [][]string{{"SERIES", "COVER"}, {"web", "0.95"}, {"a longer one", "–"}})
	// Output:
	// SERIES        COVER
	// web            0.95
	// a longer one      –
}
