package profiles

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// testTargets: the targets of the reference library (0.17.0), by their names.
func testTargets(t *testing.T) {
	targets := strings.Fields(`edge99 edge101 chrome99 chrome100 chrome101 chrome104 chrome107 chrome110 chrome116 chrome119 chrome120
		chrome123 chrome124 chrome131 chrome133a chrome136 chrome142 chrome145 chrome146 chrome150 chrome151 chrome152 chrome151_macos
		chrome152_macos chrome99_android chrome131_android safari153 safari155 safari170 safari172_ios safari180 safari180_ios safari184
		safari184_ios safari260 safari2601 safari260_ios safari270 safari270_ios firefox133 firefox135 firefox144 firefox147 firefox153
		firefox154 firefox155 tor145`)
	if len(targets) != 47 {
		t.Fatalf("%d targets", len(targets))
	}
	for _, name := range targets {
		if p, err := Lookup(name); err != nil || p.Name != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func leadsTo(t *testing.T, pairs [][2]string) {
	t.Helper()
	for _, x := range pairs {
		if p, err := Lookup(x[0]); err != nil || p.Name != x[1] {
			t.Errorf("%s: %v, want %s", x[0], err, x[1])
		}
		if slices.Contains(Names(), x[0]) {
			t.Errorf("%s is the name of a profile", x[0])
		}
	}
}

func testAliases(t *testing.T) {
	if all := Aliases(); len(all) != 17 || !slices.IsSorted(all) {
		t.Errorf("%q, want the 11 here and the 6 old spellings", all)
	}
	leadsTo(t, [][2]string{
		{"chrome", "chrome152"}, {"edge", "edge101"}, {"safari", "safari270"}, {"safari_beta", "safari270"}, {"safari_ios", "safari270_ios"},
		{"safari_ios_beta", "safari270_ios"}, {"chrome_android", "chrome131_android"}, {"firefox", "firefox155"}, {"tor", "tor145"},
		{"chrome-latest", "chrome156"}, {"firefox-latest", "firefox159"},
	})
}

func testOldSpellings(t *testing.T) {
	leadsTo(t, [][2]string{
		{"safari15_3", "safari153"}, {"safari15_5", "safari155"}, {"safari17_0", "safari170"}, {"safari17_2_ios", "safari172_ios"},
		{"safari18_0", "safari180"}, {"safari18_0_ios", "safari180_ios"},
	})
}

func testAnyCase(t *testing.T) {
	leadsTo(t, [][2]string{{"Chrome150", "chrome150"}, {"FIREFOX-Latest", "firefox159"}, {"Safari18_0_iOS", "safari180_ios"}})
}

func testNearNames(t *testing.T) {
	for name, near := range map[string]string{"safari18_4": "safari184", "safari18_4_ios": "safari184_ios", "Chrome9000": "chrome156"} {
		var unknown *UnknownError
		if _, err := Lookup(name); !errors.As(err, &unknown) || unknown.Name != name || !slices.Contains(unknown.Near, near) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
