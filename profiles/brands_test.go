package profiles

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// agentFact is what one recorded browser says of itself. A row of testdata/brands.json names its source.
type agentFact struct {
	Name      string `json:"name"`
	Source    string `json:"source"`
	Browser   string `json:"browser"`
	Version   string `json:"version"`
	OS        string `json:"os"`
	UserAgent string `json:"user_agent"`
	SecCHUA   string `json:"sec_ch_ua"`
	Platform  string `json:"sec_ch_ua_platform"`
	Mobile    string `json:"sec_ch_ua_mobile"`
}

func agentFacts(t *testing.T) []agentFact {
	t.Helper()
	b, err := os.ReadFile("testdata/brands.json")
	if err != nil {
		t.Fatal(err)
	}
	var facts []agentFact
	if err := json.Unmarshal(b, &facts); err != nil {
		t.Fatal(err)
	}
	if len(facts) < 110 {
		t.Fatalf("%d facts", len(facts))
	}
	return facts
}

func TestBrandsOfRecordedBrowsers(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	for _, f := range agentFacts(t) {
		if f.SecCHUA == "" {
			continue // Firefox, Safari and a headless_shell before 116, whose field is empty
		}
		major, err := MajorVersion(f.Version)
		if err != nil {
			t.Fatal(err)
		}
		brand := BrandName(f.Browser)
		if strings.Contains(f.SecCHUA, `"HeadlessChrome"`) {
			brand = "HeadlessChrome"
		}
		if got := Brands(brand, major); got != f.SecCHUA {
			t.Errorf("%s (%s):\n got %s\nwant %s", f.Name, f.Source, got, f.SecCHUA)
		}
		seen[major] = true
	}
	if len(seen) < 28 {
		t.Errorf("only %d versions", len(seen))
	}
}

// TestBrandsOfPublishedRequests has versions that no capture and no target has; the values are quoted in many published
// requests of that version.
func TestBrandsOfPublishedRequests(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		brand string
		major int
		want  string
	}{
		{"Google Chrome", 102, `" Not A;Brand";v="99", "Chromium";v="102", "Google Chrome";v="102"`},
		{"Google Chrome", 103, `".Not/A)Brand";v="99", "Google Chrome";v="103", "Chromium";v="103"`},
		{"Google Chrome", 105, `"Google Chrome";v="105", "Not)A;Brand";v="8", "Chromium";v="105"`},
		{"", 105, `"Chromium";v="105", "Not)A;Brand";v="8"`},
	} {
		if got := Brands(c.brand, c.major); got != c.want {
			t.Errorf("%q %d:\n got %s\nwant %s", c.brand, c.major, got, c.want)
		}
	}
	for major := -3; major < 400; major++ { // no version is out of the tables
		if got := Brands("Google Chrome", major); strings.Count(got, ";v=") != 3 {
			t.Errorf("%d: %s", major, got)
		}
	}
}
