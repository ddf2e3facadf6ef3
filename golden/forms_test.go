package golden

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// TestFormsOfCapturedSessions proves the two policies on every request of every captured HTTP/2 connection.
func TestFormsOfCapturedSessions(t *testing.T) {
	files, err := filepath.Glob("captures/*/*h2*.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d evidence files, %v", len(files), err)
	}
	for _, name := range files {
		policy := "chromium"
		if strings.Contains(name, "firefox") {
			policy = "firefox"
		}
		t.Run(name, func(t *testing.T) {
			e, err := ReadEvidence(os.DirFS("."), filepath.ToSlash(name))
			if err != nil {
				t.Fatal(err)
			}
			checked := 0
			for n := range e.Connections {
				f, err := fingerprint.Parse(&e.Connections[n])
				if err != nil {
					t.Fatalf("connection %d: %v", n, err)
				}
				if f.HTTP2 == nil {
					continue
				}
				for k, forms := range expectForms(policy, f.HTTP2.Requests) {
					for i, form := range forms {
						x := f.HTTP2.Requests[k].Fields[i]
						if form != x.Form {
							t.Errorf("connection %d, request %d: %s: %s: got %s, want %s", n, k, x.Name, x.Value, form, x.Form)
						}
						checked++
					}
				}
			}
			if checked < 100 {
				t.Errorf("only %d forms were checked", checked)
			}
		})
	}
}

// TestFormsOfNoName: a client may send a field without a name, which no browser does; it is compared like any other.
func TestFormsOfNoName(t *testing.T) {
	for _, policy := range []string{"chromium", "firefox"} {
		forms := expectForms(policy, []fingerprint.Request{{Fields: []fingerprint.Field{{Name: "", Value: "x"}}}})
		if len(forms) != 1 || len(forms[0]) != 1 || forms[0][0].Kind != fingerprint.FormIncremental {
			t.Errorf("%s: %v", policy, forms)
		}
	}
}
