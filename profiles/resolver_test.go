package profiles

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// testResolver: explicit, then the store, then the embedded ones. The browser's name tells who was found.
func testResolver(t *testing.T) {
	explicit := func(name string) *Profile {
		p := mustProfile(t, "firefox159").Clone()
		p.Name, p.Browser.Name = name, "explicit"
		return p
	}
	s := put(t, "fingerprints.json", `{"chrome150":{"client":"stored"},"chrome151":{"client":"stored"},"edge":{"client":"stored"},"tor145":{"client":"stored"},"Mixed":{"client":"stored"},"broken":{"tls_ech":"hard"}}`)
	r := &Resolver{Explicit: []*Profile{explicit("chrome150"), explicit("only")}, Store: s}
	for _, row := range []struct{ name, found, browser string }{
		{"chrome150", "chrome150", "explicit"},
		{"only", "only", "explicit"},
		{"chrome151", "chrome151", "stored"},
		{"CHROME151", "chrome151", "stored"},
		{"edge", "edge", "stored"}, // hides an alias
		{"tor", "tor145", "stored"},
		{"Mixed", "Mixed", "stored"},
		{"chrome152", "chrome152", "chrome"},
		{"chrome", "chrome152", "chrome"},
	} {
		if p, err := r.Lookup(row.name); err != nil || p.Name != row.found || p.Browser.Name != row.browser {
			t.Errorf("%s: %v", row.name, err)
		}
	}
	var unknown *UnknownError
	if _, err := r.Lookup("broken"); err == nil || errors.As(err, &unknown) || !strings.Contains(err.Error(), `tls_ech: not supported`) {
		t.Errorf("broken: %v", err)
	}
	if _, err := r.Lookup("mixed"); !errors.As(err, &unknown) {
		t.Errorf("another case than the stored name's: %v", err)
	}
	names, err := r.Names()
	if err != nil || len(names) != len(Names())+4 || !slices.IsSorted(names) || !slices.Contains(names, "only") {
		t.Errorf("%d names, %v", len(names), err)
	}
	if p, err := (&Resolver{}).Lookup("firefox"); err != nil || p.Name != "firefox155" {
		t.Errorf("the zero value: %v", err)
	}
	if _, err := (&Resolver{Store: put(t, "fingerprints.json", "{")}).Lookup("chrome150"); err == nil || errors.As(err, &unknown) {
		t.Errorf("a store that nobody can read: %v", err)
	}
}
