package profiles

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// captured returns the connections of an evidence file.
func captured(t *testing.T, name string) []fingerprint.Capture {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var evidence struct{ Connections []fingerprint.Capture }
	if err := json.Unmarshal(b, &evidence); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return evidence.Connections
}

func parsed(t *testing.T, c *fingerprint.Capture) *fingerprint.ClientHello {
	t.Helper()
	h, err := fingerprint.ParseClientHello(c.Hellos[0])
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestRetryCaptured: the second hello of every captured browser is what the profile makes of its first, also with a ticket.
func TestRetryCaptured(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "golden", "captures", "*", "hrr*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	for _, name := range files {
		n := 0
		for _, c := range captured(t, name) {
			if len(c.Hellos) < 2 {
				continue
			}
			n++
			p := &Profile{First: fingerprint.Fingerprint{TLS: parsed(t, &c)}, TLS: TLS{PadRetry: strings.Contains(name, "chromium92")}}
			want, got := parsed(t, c.Second()), p.Hello(HRR)
			vary := &fingerprint.Vary{Padded: p.TLS.PadRetry}
			if m := fingerprint.Diff(&fingerprint.Fingerprint{TLS: want}, &fingerprint.Fingerprint{TLS: got}, &fingerprint.Vary{}); len(m) > 0 && !vary.Padded {
				t.Errorf("%s: %v", name, m)
			} else if vary.Padded && (len(m) > 1 || len(m) == 1 && !strings.HasPrefix(m[0].Path, "tls.extensions.padding")) {
				t.Errorf("%s: %v", name, m)
			}
		}
		if n == 0 {
			t.Errorf("%s: no connection has two hellos", name)
		}
	}
}

// edits are what the captured engines change for a WebSocket to a server that speaks HTTP/2.
func edits(build string) []Patch {
	alpn := Patch{Put: &fingerprint.Extension{Type: fingerprint.ExtALPN, Protocols: []string{"http/1.1"}}}
	switch build {
	case "chromium92":
		return []Patch{{Remove: "alpn"}, {Remove: "application_settings_old"}}
	case "chromium103", "chromium107", "chromium110", "chromium116", "chromium119", "chromium121", "firefox140":
		return []Patch{alpn}
	case "firefox153", "firefox159":
		return []Patch{alpn, {Remove: "compress_certificate"}}
	case "chromium123", "chromium126", "chromium131", "chromium133":
		return []Patch{alpn, {Remove: "application_settings_old"}}
	}
	return []Patch{alpn, {Remove: "application_settings"}}
}

// TestWebSocketCaptured: the hello of a WebSocket is that of the resumed page with these edits, in every captured build.
func TestWebSocketCaptured(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "golden", "captures", "*", "h2.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	for _, name := range files {
		build := filepath.Base(filepath.Dir(name))
		var page, socket *fingerprint.ClientHello
		for _, c := range captured(t, name) {
			h := parsed(t, &c)
			alpn := h.Extension(fingerprint.ExtALPN)
			switch {
			case !c.Resumed:
			case alpn != nil && len(alpn.Protocols) == 2:
				page = h
			default:
				socket = h
			}
		}
		if page == nil || socket == nil {
			t.Errorf("%s: no resumed connections", name)
			continue
		}
		p := &Profile{First: fingerprint.Fingerprint{TLS: page}, Delta: map[Situation][]Patch{ForWebSocket: edits(build)}}
		got := p.Hello(ForWebSocket)
		for _, h := range []*fingerprint.ClientHello{got, socket} { // what differs between any two connections
			h.Extensions = slices.DeleteFunc(h.Extensions, func(e fingerprint.Extension) bool {
				return e.Type.IsGREASE() || e.Type == fingerprint.ExtPadding || e.Type == fingerprint.ExtEncryptedClientHello && !strings.HasPrefix(build, "firefox")
			})
			for _, e := range h.Extensions {
				grease(e.List)
				for i := range e.Shares {
					if e.Shares[i].Group.IsGREASE() {
						e.Shares[i].Group = fingerprint.GREASE
					}
				}
				if e.ECH != nil {
					e.ECH.AEAD = 1
				}
			}
			grease(h.CipherSuites)
		}
		vary := &fingerprint.Vary{}
		if strings.HasPrefix(build, "chromium") {
			vary.Permute = &fingerprint.Permute{Last: []string{"pre_shared_key"}}
		}
		if m := fingerprint.Diff(&fingerprint.Fingerprint{TLS: socket}, &fingerprint.Fingerprint{TLS: got}, vary); len(m) > 0 {
			t.Errorf("%s: %v", build, m)
		}
		if err := p.validateWebSocket(p.Hello(ForWebSocket)); err != nil {
			t.Errorf("%s: %v", build, err)
		}
	}
}

func grease(list []fingerprint.ID) {
	for i, id := range list {
		if id.IsGREASE() {
			list[i] = fingerprint.GREASE
		}
	}
}
