package fpserver

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// TestNearest names the browsers whose profiles come from captures, by other captures of them.
func TestNearest(t *testing.T) {
	t.Parallel()
	n := 0
	for _, name := range []string{"chromium150", "chromium156", "firefox140_linux", "firefox153_linux", "firefox159_linux"} {
		files, _ := filepath.Glob("../golden/captures/" + strings.TrimSuffix(name, "_linux") + "/h2*.json")
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range decode[struct{ Connections []fingerprint.Capture }](t, b).Connections {
				f, err := fingerprint.Parse(&k)
				if err != nil {
					t.Fatal(err)
				}
				if f.HTTP2 == nil || len(f.HTTP2.Requests) == 0 {
					continue
				}
				n++
				for i, x := range f.HTTP2.Requests[0].Fields { // a browser with a window writes so
					f.HTTP2.Requests[0].Fields[i].Value = strings.Replace(x.Value, "HeadlessChrome/", "Chrome/", 1)
				}
				f.TLS.RecordVersion = 0x0301 // which not every capture has
				most := 0
				if f.TLS.Extension(fingerprint.ExtPreSharedKey) != nil {
					most = 4 // profiles describe the first visit
				}
				if got := nearest(f); got == nil || got.Name != name || got.Mismatches > most || got.RequestMismatches > 0 && isNavigation(f) {
					t.Errorf("%s: a connection of %s is near to %+v", file, name, got)
				}
			}
		}
	}
	if n == 0 {
		t.Skip("no captures of profiles are there")
	}
	s := start(t, nil)
	_, b := fetch(t, s.Client(), "GET", s.URL+"/fp", nil)
	got := decode[struct{ Nearest json.RawMessage }](t, b)
	if r := decode[ReportProfile](t, got.Nearest); r.Name == "" || r.Mismatches < 5 || r.RequestMismatches < 5 {
		t.Errorf("a client of net/http is near to %+v", r)
	}
}

// isNavigation tells whether the first request of an HTTP/2 connection is an address that was typed in.
func isNavigation(f *fingerprint.Fingerprint) bool {
	return fieldIndex(f.HTTP2.Requests[0].Fields, "sec-fetch-user") >= 0
}
