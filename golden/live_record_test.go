package golden_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/golden"
)

// recordingFile is the name of a recording that a live test makes of a browser.
func recordingFile(what, protocol string) string {
	return what + "-" + strings.Replace(protocol, "http/1.1", "h1", 1) + ".json"
}

// compareRecording wants every request that a browser made now for the targets that count to be one of its recording: names,
// order and values of fields, with ports hidden. Firefox requests an image once or twice, as it comes. With WIRELIKE_UPDATE=1
// what was sent becomes the recording.
func (l *liveTarget) compareRecording(t *testing.T, file string, conns []fingerprint.Capture, counts func(target string) bool) {
	t.Helper()
	name := filepath.Join("captures", buildOf(l.profile), file)
	if os.Getenv("WIRELIKE_UPDATE") == "1" && !l.drift {
		record(t, name, l.profile.Browser.Name+" "+l.version, conns)
	}
	e, err := golden.ReadEvidence(os.DirFS("."), filepath.ToSlash(name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("there is no recording of %s", buildOf(l.profile))
	}
	if err != nil {
		t.Fatal(err)
	}
	want, got := fieldsByTarget(t, e.Connections, counts), fieldsByTarget(t, conns, counts)
	n := 0
	for target, lists := range want {
		if n += len(lists); len(got[target]) == 0 {
			l.report(t, fmt.Sprintf("%s, %s: not requested", file, target))
		}
		for _, list := range got[target] {
			if !slices.ContainsFunc(lists, func(x []string) bool { return slices.Equal(x, list) }) {
				l.report(t, fmt.Sprintf("%s, %s:\n got %q\nwant %q", file, target, list, lists))
			}
		}
	}
	if n == 0 {
		t.Errorf("%s: no request is compared", name)
	}
	t.Logf("%s %s: %d requests of %s", l.kind, l.version, n, file)
}

// fieldsByTarget returns the fields of all requests for each target, as "name: value", with ports hidden, the key of a WebSocket,
// and the priority of an image, which depends on whether it is seen yet.
func fieldsByTarget(t *testing.T, conns []fingerprint.Capture, counts func(target string) bool) map[string][][]string {
	t.Helper()
	out := map[string][][]string{}
	add := func(target string, fields []fingerprint.Field) {
		if !counts(target) {
			return
		}
		var lines []string
		for _, f := range hidePorts(fields) {
			if f.Name == "Sec-WebSocket-Key" || strings.EqualFold(f.Name, "priority") && strings.HasSuffix(target, "/image") {
				f.Value = "*"
			}
			lines = append(lines, f.Name+": "+f.Value)
		}
		out[target] = append(out[target], lines)
	}
	for _, f := range parsed(t, conns) {
		if f.HTTP2 != nil {
			for _, r := range f.HTTP2.Requests {
				add(fieldOf(r.Fields, ":path"), r.Fields)
			}
		}
		if f.HTTP1 != nil {
			for _, r := range f.HTTP1.Requests {
				add(r.Target, r.Fields)
			}
		}
	}
	return out
}

// record writes an evidence file, which says which test made it.
func record(t *testing.T, name, build string, conns []fingerprint.Capture) {
	t.Helper()
	test, _, _ := strings.Cut(t.Name(), "/")
	b, err := json.MarshalIndent(&golden.Evidence{
		Schema: golden.EvidenceSchema, Browser: build, OS: "Debian 12, headless", Date: time.Now().UTC().Format(time.DateOnly),
		Source: "WIRELIKE_UPDATE=1 go test -run " + test + " ./golden", Connections: conns,
	}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, append(b, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}
