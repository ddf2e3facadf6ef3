package interop

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// customCases is what the reference library sent with each set of options: the first connection and its first request to
// a server that offers h2.
type customCases struct {
	// Source says where the cases come from.
	Source string       `json:"source"`
	Cases  []customCase `json:"cases"`
}

type customCase struct {
	Name string `json:"name"`
	// Options are the arguments of the library's request(), under their names there.
	Options customOptions `json:"options"`
	// Fingerprint has no record version, no HPACK forms and GREASE without its values. HTTP2 is nil over HTTP/1.1.
	Fingerprint fingerprint.Fingerprint `json:"fingerprint"`
}

type customOptions struct {
	Impersonate    string            `json:"impersonate,omitempty"`
	JA3            string            `json:"ja3,omitempty"`
	Akamai         string            `json:"akamai,omitempty"`
	Extra          map[string]any    `json:"extra_fp,omitempty"`
	Headers        json.RawMessage   `json:"headers,omitempty"` // an object whose order counts
	Cookies        map[string]string `json:"cookies,omitempty"`
	Auth           []string          `json:"auth,omitempty"`
	AcceptEncoding string            `json:"accept_encoding,omitempty"`
	HTTPVersion    string            `json:"http_version,omitempty"`
}

const customFile = "testdata/custom.json"

// TestConvertCustom writes the cases anew, with WIRELIKE_UPDATE=1 and the recording of the reference library in the file
// that WIRELIKE_CUSTOM names.
func TestConvertCustom(t *testing.T) {
	name := os.Getenv("WIRELIKE_CUSTOM")
	if os.Getenv("WIRELIKE_UPDATE") != "1" || name == "" {
		t.Skip("WIRELIKE_UPDATE=1 WIRELIKE_CUSTOM=custom.json converts the recording")
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var recorded []struct {
		Case        string
		Options     customOptions
		Connections []struct {
			Listener string
			Hellos   []fingerprint.Hex
			H2       []customFrame
		}
	}
	if err := json.Unmarshal(b, &recorded); err != nil {
		t.Fatal(err)
	}
	out := customCases{Source: "curl_cffi 0.17.0, ja3=, akamai=, extra_fp= and other options, recorded on 2026-11-22 by a TLS server on loopback, host localhost"}
	for _, r := range recorded {
		c := customCase{Name: r.Case, Options: r.Options}
		conn := r.Connections[0]
		if conn.Listener != "h2" || len(conn.Hellos) != 1 {
			t.Fatalf("%s: connection 0 is none to the h2 listener", r.Case)
		}
		if c.Fingerprint.TLS, err = fingerprint.ParseClientHello(conn.Hellos[0]); err != nil {
			t.Fatal(err)
		}
		withoutValues(c.Fingerprint.TLS)
		if conn.H2 != nil {
			c.Fingerprint.HTTP2 = customHTTP2(t, conn.H2)
		}
		out.Cases = append(out.Cases, c)
	}
	text, err := fingerprint.FormatJSON(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(customFile, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// customFrame is a frame as the recording has it.
type customFrame struct {
	Type      string
	Flags     int
	Stream    uint32
	Settings  [][2]uint32
	Increment uint32
	Priority  *fingerprint.Priority
	Fields    [][3]string
}

// customHTTP2 takes the frames up to the first HEADERS.
func customHTTP2(t *testing.T, frames []customFrame) *fingerprint.HTTP2 {
	h := &fingerprint.HTTP2{}
	for _, f := range frames {
		g := fingerprint.Frame{Type: f.Type, Stream: f.Stream, Increment: f.Increment, Priority: f.Priority}
		for _, s := range f.Settings {
			g.Settings = append(g.Settings, fingerprint.Setting{ID: uint16(s[0]), Value: s[1]})
		}
		if f.Type != "HEADERS" {
			h.Opening = append(h.Opening, g)
			continue
		}
		r := fingerprint.Request{Stream: f.Stream, EndStream: f.Flags&1 != 0, Priority: f.Priority}
		for _, x := range f.Fields {
			value := x[1]
			if x[0] == ":authority" {
				value = "*"
			}
			r.Fields = append(r.Fields, fingerprint.Field{Name: x[0], Value: value})
		}
		h.Requests = append(h.Requests, r)
		return h
	}
	t.Fatal("no HEADERS")
	return nil
}

// withoutValues leaves of GREASE values only that they are some.
func withoutValues(h *fingerprint.ClientHello) {
	slot := func(id *fingerprint.ID) {
		if id.IsGREASE() {
			*id = fingerprint.GREASE
		}
	}
	for i := range h.CipherSuites {
		slot(&h.CipherSuites[i])
	}
	for i := range h.Extensions {
		e := &h.Extensions[i]
		slot(&e.Type)
		for j := range e.List {
			slot(&e.List[j])
		}
		for j := range e.Shares {
			slot(&e.Shares[j].Group)
		}
	}
}

// readCustom reads the cases.
func readCustom(t *testing.T) []customCase {
	t.Helper()
	b, err := os.ReadFile(customFile)
	if err != nil {
		t.Fatal(err)
	}
	var all customCases
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", customFile, err))
	}
	return all.Cases
}
