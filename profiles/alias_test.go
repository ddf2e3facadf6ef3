package profiles

import (
	"errors"
	"slices"
	"testing"
)

// TestAliases: FP-02, FP-03. An alias is no name of a profile, and leads to one.
func TestAliases(t *testing.T) {
	for _, a := range aliases {
		p, err := Lookup(a.name)
		if err != nil || p.Name != a.profile {
			t.Errorf("%s: %v", a.name, err)
		}
		if slices.Contains(Names(), a.name) {
			t.Errorf("%s is a profile, too", a.name)
		}
	}
	for _, name := range []string{"safari18_4", "safari18_4_ios"} { // never accepted by the library either
		var unknown *UnknownError
		if _, err := Lookup(name); !errors.As(err, &unknown) || !slices.Contains(unknown.Near, "safari184") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(Aliases()); n != 17 {
		t.Errorf("%d aliases", n)
	}
}
