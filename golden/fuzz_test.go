package golden

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
)

// FuzzGolden: whatever a golden says, it is refused, or it is read as the same again and can be compared with the visit of
// a browser and with itself.
func FuzzGolden(f *testing.F) {
	for _, profile := range Profiles() {
		for _, s := range situations {
			if b, err := data.ReadFile("data/" + profile + "/" + fileName(s, "h2")); err == nil {
				f.Add(b)
			}
		}
	}
	f.Add([]byte(`{"schema":"wirelike/golden/1","situation":"first","fingerprint":{"http2":{"opening":[],"requests":[]}}}`))
	f.Add([]byte(`{"schema":"wirelike/golden/1","situation":"first","hpack":"chromium","fingerprint":{"http2":{"opening":[],"requests":[{"stream":1,"end_stream":true,"fields":[{"name":"","value":"x"}]}]}}}`))
	good, err := Load(Profiles()[0], First, "h2")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := parse(b)
		if err != nil {
			return
		}
		for _, got := range []*fingerprint.Fingerprint{&good.Fingerprint, &g.Fingerprint, {}} {
			g.compare(got.Clone(), 3, true)
			good.compare(g.Fingerprint.Clone(), 3, true)
		}
		Normalize(g.Fingerprint.Clone())
		g.ApplyUndo(g.Fingerprint.Clone())
		roundTrip(t, g)
	})
}

// FuzzReport: what is read as a report of the server is written as the text that is read as the same.
func FuzzReport(f *testing.F) {
	for _, profile := range Profiles() {
		g, err := Load(profile, First, "h2")
		if err != nil {
			f.Fatal(err)
		}
		r := &fpserver.Report{Schema: fpserver.ReportSchema, Fingerprint: &g.Fingerprint}
		r.Connection.TLS = &fpserver.ReportTLS{Version: "TLS 1.3", Group: "X25519MLKEM768", ALPN: "h2"}
		for _, s := range fingerprint.Sums(&g.Fingerprint) {
			r.Sums = append(r.Sums, fpserver.ReportSum{Name: s.Name, Text: s.Text, Hash: s.Hash})
		}
		b, err := fingerprint.FormatJSON(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"fingerprint":null,"raw":{},"connection":{"tls":null}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := &fpserver.Report{}
		if fingerprint.DecodeStrict(b, r) == nil {
			roundTrip(t, r)
		}
	})
}

// TestGoldenRefuses: what no check can be made with is no golden.
func TestGoldenRefuses(t *testing.T) {
	const start = `{"schema":"wirelike/golden/1","profile":"x","situation":"first","protocol":"h2","evidence":[],"vary":{},"fingerprint":`
	for text, want := range map[string]string{
		start + `{"http2":{"opening":[],"requests":[]}}}`:       "fingerprint.http2.requests: empty",
		start + `{"http1":{"requests":[]}}}`:                    "fingerprint.http1.requests: empty",
		`{"schema":"wirelike/golden/2","situation":"first"}`:    "wirelike/golden/2",
		`{"schema":"wirelike/golden/1","situation":"second"}`:   "second",
		`{"schema":"wirelike/golden/1","situation":"first"`:     "unexpected end",
		`{"schema":"wirelike/golden/1","situations":"resumed"}`: "situations",
	} {
		if _, err := parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error about %q", text, err, want)
		}
	}
	if _, err := parse([]byte(start + `{}}`)); err != nil {
		t.Error(err)
	}
}

// roundTrip wants v written, read and written again to be the same text.
func roundTrip[T any](t *testing.T, v *T) {
	t.Helper()
	text, err := fingerprint.FormatJSON(v)
	if err != nil {
		t.Fatal(err)
	}
	again := new(T)
	if err := fingerprint.DecodeStrict(text, again); err != nil {
		t.Fatalf("its own text is refused: %v\n%s", err, text)
	}
	if twice, err := fingerprint.FormatJSON(again); err != nil || !bytes.Equal(text, twice) {
		t.Errorf("written again it is another text (%v)", err)
	}
}

// TestTruncatedReport cuts a report at every byte: no part of it is read as a whole one.
func TestTruncatedReport(t *testing.T) {
	r := &fpserver.Report{Schema: fpserver.ReportSchema, Fingerprint: &fingerprint.Fingerprint{HTTP1: &fingerprint.HTTP1{Requests: []fingerprint.Head{{Method: "GET", Target: "/é"}}}}}
	b, err := fingerprint.FormatJSON(r)
	if err != nil {
		t.Fatal(err)
	}
	for n := range bytes.TrimSpace(b) {
		var where *fingerprint.DecodeError
		if err := fingerprint.DecodeStrict(b[:n], new(fpserver.Report)); !errors.As(err, &where) {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
	again := new(fpserver.Report)
	if err := fingerprint.DecodeStrict(b, again); err != nil || !reflect.DeepEqual(r.Fingerprint, again.Fingerprint) {
		t.Errorf("the whole is read as %+v, %v", again, err)
	}
}
