package golden

import (
	"encoding/binary"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// repeated returns what a browser would show that makes n equal navigations, built from a captured first visit: later
// requests have the fields of the first, the next stream and the forms that the dynamic table gives.
func repeated(t *testing.T, g *Golden, n int) *fingerprint.Fingerprint {
	t.Helper()
	f := evidenceOf(t, g)[0].Clone()
	if f.HTTP1 != nil {
		f.HTTP1.Requests = f.HTTP1.Requests[:1]
		for len(f.HTTP1.Requests) < n {
			f.HTTP1.Requests = append(f.HTTP1.Requests, f.Clone().HTTP1.Requests[0])
		}
		return f
	}
	f.HTTP2.Requests = f.HTTP2.Requests[:1]
	for k := 1; k < n; k++ {
		r := f.Clone().HTTP2.Requests[0]
		r.Stream += uint32(2 * k)
		r.TableSizeUpdates = nil
		for i := range r.After {
			r.After[i].Stream = r.Stream
		}
		for i := range r.Fields {
			if x := &r.Fields[i]; x.Form.Kind == fingerprint.FormIncremental {
				// the table of this connection is empty at first: the newest entry is the last field of the first request
				x.Form = fingerprint.Form{Kind: fingerprint.FormIndexed, Index: uint32(62 + inserted(r.Fields[i+1:]))}
			}
		}
		f.HTTP2.Requests = append(f.HTTP2.Requests, r)
	}
	return f
}

func inserted(fields []fingerprint.Field) (n int) {
	for _, f := range fields {
		if f.Form.Kind == fingerprint.FormIncremental {
			n++
		}
	}
	return n
}

// TestEveryLaterFieldCanFail: three requests as a browser makes them pass; after a change of any value of the third, the
// check names a path of the third, or of what is equal to it in kind.
func TestEveryLaterFieldCanFail(t *testing.T) {
	for _, profile := range captured(t) {
		for _, protocol := range []string{"h2", "http/1.1"} {
			g, err := Load(profile, First, protocol)
			if err != nil {
				t.Fatal(err)
			}
			f := repeated(t, g, 3)
			if list, _ := g.compare(f, 3, true); len(list) > 0 {
				t.Fatalf("%s over %s: %+v", profile, protocol, list)
			}
			prefix, third := "http2.requests[2]", reflect.Value{}
			if f.HTTP2 != nil {
				third = reflect.ValueOf(&f.HTTP2.Requests[2])
			} else {
				prefix, third = "http1.requests[2]", reflect.ValueOf(&f.HTTP1.Requests[2])
			}
			before := f.Leaves()
			mutants := 0
			mutate(third, func() {
				if place(f, prefix) || slices.Equal(before, f.Leaves()) {
					return // host and path belong to the connection; an indexed form has no strings
				}
				mutants++
				list, _ := g.compare(f, 3, true)
				found := false
				for _, m := range list {
					found = found || strings.HasPrefix(m.Path, prefix)
				}
				if !found {
					t.Errorf("%s over %s: mutant %d goes unnoticed: %+v", profile, protocol, mutants, list)
				}
			})
			if mutants < 25 {
				t.Errorf("%s over %s: only %d mutants", profile, protocol, mutants)
			}
		}
	}
}

// place tells whether the third request is changed only in a value that the golden leaves open.
func place(f *fingerprint.Fingerprint, prefix string) bool {
	for _, l := range f.Leaves() {
		if !strings.HasPrefix(l.Path, prefix) || !strings.HasPrefix(l.Value, "mutant") {
			continue
		}
		for _, open := range []string{".target", "[host].value", "[:authority].value", "[:path].value"} {
			if strings.HasSuffix(l.Path, open) {
				return true
			}
		}
	}
	return false
}

// TestAcross feeds connections that are right one by one, and wrong together.
func TestAcross(t *testing.T) {
	g, err := Load("chromium156", First, "h2")
	if err != nil {
		t.Fatal(err)
	}
	hello := func(n int) []byte { // random and session id only: enough for what must not repeat
		b := []byte{1, 0, 0, 0, 3, 3}
		b = append(b, make([]byte, 32)...)
		binary.BigEndian.PutUint32(b[6:], uint32(n)+1)
		b = append(append(b, 32), make([]byte, 32)...)
		binary.BigEndian.PutUint32(b[39:], uint32(n)+1001)
		b = append(b, 0, 2, 0x13, 1, 1, 0)
		b[3] = byte(len(b) - 4)
		return b
	}
	grease := func(n int) fingerprint.ID { return fingerprint.ID(n%16)<<12 | fingerprint.ID(n%16)<<4 | 0x0a0a }
	visit := func(n int) *fingerprint.Fingerprint {
		f := evidenceOf(t, g)[0].Clone()
		f.TLS.CipherSuites[0] = grease(n)
		middle := f.TLS.Extensions[1 : len(f.TLS.Extensions)-1]
		turned := append(slices.Clone(middle[n%len(middle):]), middle[:n%len(middle)]...)
		copy(middle, turned)
		for i := range f.TLS.Extensions {
			if e := &f.TLS.Extensions[i]; e.ECH != nil {
				e.ECH.PayloadLength = 144 + 32*(n%4)
			}
			if e := &f.TLS.Extensions[i]; e.Type.IsGREASE() {
				e.Type = grease(n + i)
			}
			if e := &f.TLS.Extensions[i]; e.List != nil && e.List[0].IsGREASE() {
				e.List[0] = grease(n + int(e.Type))
			}
			if e := &f.TLS.Extensions[i]; e.Shares != nil {
				e.Shares[0].Group = grease(n + 10)
			}
		}
		return f
	}
	rows := []struct {
		reason string
		n      int
		path   string // wanted mismatch, "" for none
		change func(r *run)
	}{
		{"20 connections that vary", 20, "", func(*run) {}},
		{"the same random twice", 3, "tls.random", func(r *run) { copy(r.hellos[2][6:38], r.hellos[0][6:38]) }},
		{"the same session id twice", 3, "tls.session_id", func(r *run) { copy(r.hellos[1][39:71], r.hellos[0][39:71]) }},
		{"the same order always", 3, "tls.extensions.order", func(r *run) {
			for i := range r.got {
				cipher := r.got[i].TLS.CipherSuites
				r.got[i].TLS = r.got[0].Clone().TLS
				r.got[i].TLS.CipherSuites = cipher
			}
		}},
		{"one extension always at its place over ten", 10, "tls.extensions.order", func(r *run) {
			for _, f := range r.got {
				x := f.TLS.Extensions
				i := slices.IndexFunc(x, func(e fingerprint.Extension) bool { return e.Type == fingerprint.ExtALPN })
				x[5], x[i] = x[i], x[5]
			}
		}},
		{"two connections may have the same order", 2, "", func(r *run) { r.got[1] = r.got[0] }},
		{"the same GREASE values always", 3, "tls.grease", func(r *run) { r.got[1], r.got[2] = r.got[0], r.got[0] }},
		{"one GREASE value constant over ten", 10, "tls.cipher_suites[0]", func(r *run) {
			for _, f := range r.got {
				f.TLS.CipherSuites[0] = grease(3)
			}
		}},
		{"one length constant over twenty", 20, "tls.extensions.encrypted_client_hello.payload_length", func(r *run) {
			for _, f := range r.got {
				f.TLS.Extension(fingerprint.ExtEncryptedClientHello).ECH.PayloadLength = 144
			}
		}},
	}
	for _, row := range rows {
		t.Run(row.reason, func(t *testing.T) {
			r := &run{g: g}
			for n := range row.n {
				r.hellos = append(r.hellos, hello(n))
				r.got = append(r.got, visit(n))
			}
			row.change(r)
			r.across()
			found := row.path == ""
			for _, m := range r.result.Mismatches {
				if row.path == "" {
					t.Errorf("%s", m)
				}
				if found = found || m.Path == row.path; m.Connection != -1 || m.Rule != "vary" {
					t.Errorf("%s: connection %d, rule %s", m.Path, m.Connection, m.Rule)
				}
			}
			if !found {
				t.Errorf("got %v, want %s", r.result.Mismatches, row.path)
			}
		})
	}
}

// TestEvidenceOfParts: a golden that has evidence for some parts only still fails for a client that lacks them.
func TestEvidenceOfParts(t *testing.T) {
	g, err := Load("chromium156", First, "h2")
	if err != nil {
		t.Fatal(err)
	}
	part := *g
	part.Evidence = nil
	for _, e := range g.Evidence {
		for _, path := range []string{"tls.cipher_suites", "http2.requests[0].fields"} {
			e.Path = path
			part.Evidence = append(part.Evidence, e)
		}
	}
	paths := map[string]bool{}
	for _, m := range part.Check(&fingerprint.Fingerprint{}) {
		paths[m.Path] = true
	}
	if !paths["tls"] || !paths["http2"] || len(paths) != 2 {
		t.Errorf("got %v, want tls and http2", paths)
	}
	f := evidenceOf(t, g)[0]
	f.TLS.Version, f.TLS.CipherSuites[1] = 770, 1
	if list := part.Check(f); len(list) != 1 || list[0].Path != "tls.cipher_suites[1]" {
		t.Errorf("got %+v, want the one that has evidence", list)
	}
}
