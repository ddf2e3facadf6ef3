package fpserver

import (
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// BenchmarkNearest is what the first report of a connection costs more than the others.
func BenchmarkNearest(b *testing.B) {
	f := firstOf(b, "chrome150")
	nearest(f)
	b.ReportAllocs()
	for b.Loop() {
		nearest(f)
	}
}

// TestNearestCost: what a client sends does not decide how much work it makes.
func TestNearestCost(t *testing.T) {
	allocations := func(f *fingerprint.Fingerprint) float64 {
		nearest(f)
		return testing.AllocsPerRun(3, func() { nearest(f) })
	}
	browser := firstOf(t, "chrome150")
	most := allocations(browser)
	if most > 20000 {
		t.Errorf("%.0f allocations for a browser", most)
	}
	for _, test := range []struct {
		name  string
		spoil func(*fingerprint.Fingerprint)
		none  bool
	}{
		{"suites", func(f *fingerprint.Fingerprint) { f.TLS.CipherSuites = make([]fingerprint.ID, 30000) }, true},
		{"frames", func(f *fingerprint.Fingerprint) { f.HTTP2.Opening = make([]fingerprint.Frame, 100000) }, true},
		{"fields", func(f *fingerprint.Fingerprint) { f.HTTP2.Requests[0].Fields = make([]fingerprint.Field, 100000) }, false},
		{"requests", func(f *fingerprint.Fingerprint) { f.HTTP2.Requests = make([]fingerprint.Request, 4096) }, false},
	} {
		f := browser.Clone()
		test.spoil(f)
		if got := nearest(f); (got == nil) != test.none {
			t.Errorf("%s: nearest is %+v", test.name, got)
		}
		if n := allocations(f); n > 1.1*most {
			t.Errorf("%s: %.0f allocations, %.0f for a browser", test.name, n, most)
		}
	}
}

func firstOf(tb testing.TB, name string) *fingerprint.Fingerprint {
	p, err := profiles.Lookup(name)
	if err != nil {
		tb.Fatal(err)
	}
	return &fingerprint.Fingerprint{TLS: distinctGREASE(p.First.TLS), HTTP2: p.First.HTTP2}
}
