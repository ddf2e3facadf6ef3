package golden_test

import (
	"testing"

	"github.com/wirelike/wirelike/golden"
)

// TestRunSkips: a subject that makes navigations only is not counted as checked with other requests.
func TestRunSkips(t *testing.T) {
	g, err := golden.Load("firefox153_linux", golden.Page, "http/1.1")
	if err != nil {
		t.Fatal(err)
	}
	r, err := g.Run(t.Context(), subject(get), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Skipped == "" || r.Leaves != 0 || r.Comparisons != 0 || len(r.Mismatches) != 0 {
		t.Errorf("%+v, want a result that says that nothing was checked", r)
	}
}
