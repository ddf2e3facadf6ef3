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
		if b, err := data.ReadFile("data/" + profile + ".json"); err == nil {
			f.Add(b)
		}
	}
	f.Add([]byte(`{"schema":"wirelike/golden/2","profile":"x","first":{"http2":{"opening":[],"requests":[]}}}`))
	f.Add([]byte(`{"schema":"wirelike/golden/2","profile":"x","hpack":"chromium","first":{"tls":{"version":771,"session_id_length":0,"cipher_suites":[],"compression_methods":[],"extensions":[]},"http2":{"opening":[],"requests":[{"stream":1,"end_stream":true,"fields":[{"name":"","value":"x"}]}]}}}`))
	good, err := Load(Profiles()[0], First, "h2")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		sheet, err := parseSheet(b)
		if err != nil {
			return
		}
		goldens, err := sheet.Goldens()
		if err != nil {
			return // there is no such build
		}
		for _, g := range goldens {
			for _, got := range []*fingerprint.Fingerprint{&good.Fingerprint, &g.Fingerprint, {}} {
				g.compare(got.Clone(), 3, true)
				good.compare(g.Fingerprint.Clone(), 3, true)
			}
			Normalize(g.Fingerprint.Clone())
			g.ApplyUndo(g.Fingerprint.Clone())
		}
		roundTrip(t, sheet)
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
	const start = `{"schema":"wirelike/golden/2","profile":"x","browser":{"name":"x","version":"1","os":"x","engine":"x"},"evidence":[],"vary":{},"first":`
	const first = start + `{"tls":{"version":771,"session_id_length":0,"cipher_suites":[],"compression_methods":[],"extensions":[]},"http2":{"opening":[],"requests":[{"stream":1,"end_stream":true,"fields":[]}]}}`
	for text, want := range map[string]string{
		start + `{"http2":{"opening":[],"requests":[]}}}`:                   "first: a hello",
		first + `,"http1":{"requests":[]}}`:                                 "http1: one request",
		first + `,"delta":{"second":[]}}`:                                   "second",
		first + `,"delta":{"resumed":[{}]}}`:                                "delta.resumed[0]",
		`{"schema":"wirelike/golden/1","profile":"x"}`:                      "wirelike/golden/1",
		`{"schema":"wirelike/golden/2","profile":"x"`:                       "unexpected end",
		`{"schema":"wirelike/golden/2","profile":"x","situations":"first"}`: "situations",
	} {
		if _, err := parseSheet([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error about %q", text, err, want)
		}
	}
	if _, err := parseSheet([]byte(first + `}`)); err != nil {
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
