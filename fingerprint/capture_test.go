package fingerprint

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	hello := Hex(unhex(t, helloB))
	frames := Hex(firefoxFrames().Bytes())
	c := &Capture{
		Hellos: []Hex{hello, Hex(unhex(t, helloG))}, Records: []Record{{Type: 20, Version: 0x0303}, {Type: 22, Version: 0x0301, Length: 5}, {Type: 22, Version: 0x0303}},
		Client: frames, ALPN: "h2",
	}
	f, err := Parse(c)
	if err != nil || f.TLS == nil || f.HTTP2 == nil || f.HTTP1 != nil {
		t.Fatalf("%+v, %v", f, err)
	}
	if f.TLS.RecordVersion != 0x0301 || len(f.TLS.CipherSuites) != 4 {
		t.Errorf("%+v: want the first hello and the version of the first handshake record", f.TLS)
	}
	if _, hash, _ := Akamai(f.HTTP2); hash != "6ea73faa8fc5aac76bded7bd238f6433" {
		t.Errorf("Akamai %s", hash)
	}
	if f, err := Parse(&Capture{}); err != nil || *f != (Fingerprint{}) {
		t.Errorf("an empty capture: %+v, %v", f, err)
	}
	if f, err := Parse(&Capture{Client: Hex(Preface)}); err != nil || f.HTTP2 == nil || f.HTTP1 != nil {
		t.Errorf("HTTP/2 with prior knowledge: %+v, %v", f, err)
	}
	if f, err := Parse(&Capture{Hellos: []Hex{hello}, ALPN: "h2"}); err != nil || f.HTTP2 != nil || f.TLS == nil {
		t.Errorf("nothing but a handshake: %+v, %v", f, err)
	}
}

// TestParseErrors checks that the layers in front of a broken one are still there.
func TestParseErrors(t *testing.T) {
	hello := Hex(unhex(t, helloB))
	frames := newFrameWriter().settings(1, 2).get(1, "masp")
	good := frames.Len()
	frames.raw(frameWindowUpdate, 0, 0, []byte{1})
	for _, test := range []struct {
		name     string
		c        Capture
		want     string
		requests int
	}{
		{"hello", Capture{Hellos: []Hex{hello[:50]}, Client: Hex("GET / HTTP/1.1\r\n\r\n")}, "fingerprint: client hello", 0},
		{"frame", Capture{Hellos: []Hex{hello}, Client: Hex(frames.Bytes()), ALPN: "h2"}, "fingerprint: http/2: WINDOW_UPDATE frame of 1 bytes", 1},
		{"preface", Capture{Hellos: []Hex{hello}, Client: Hex("GET / HTTP/1.1\r\n\r\n"), ALPN: "h2"}, "fingerprint: http/2: not the connection preface", 0},
		{"elision behind the end", Capture{Hellos: []Hex{hello}, Client: Hex(frames.Bytes()[:good]), Elided: []Elision{{good + 1, 5}}, ALPN: "h2"}, "outside the capture", 0},
		{"elision before the last one", Capture{Hellos: []Hex{hello}, Client: Hex(frames.Bytes()[:good]), Elided: []Elision{{-1, 5}}, ALPN: "h2"}, "outside the capture", 0},
		{"elision outside DATA", Capture{Hellos: []Hex{hello}, Client: Hex(frames.Bytes()[:good]), Elided: []Elision{{good, 5}}, ALPN: "h2"}, "outside a DATA frame", 1},
		{"negative elision", Capture{Hellos: []Hex{hello}, Client: Hex(frames.Bytes()[:good]), Elided: []Elision{{good, -5}}, ALPN: "h2"}, "outside a DATA frame", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, err := Parse(&test.c)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want %q", err, test.want)
			}
			if test.name != "hello" && (f.TLS == nil || f.HTTP2 == nil || len(f.HTTP2.Requests) != test.requests) {
				t.Errorf("%+v: what came before is lost", f)
			}
		})
	}
}

func TestParseElidedHTTP2(t *testing.T) {
	w := newFrameWriter().settings().raw(frameHeaders, 0x4, 1, nil)
	body := make([]byte, 1000)
	w.raw(frameData, 0, 1, body)
	offset := w.Len() - 998
	w.raw(frameData, 1, 1, []byte{1}).get(3, "masp").window(3, 9)
	whole := w.Bytes()
	c := &Capture{Client: append(append(Hex{}, whole[:offset]...), whole[offset+998:]...), Elided: []Elision{{offset, 998}}, ALPN: "h2"}
	f, err := Parse(c)
	if err != nil || len(f.HTTP2.Requests) != 2 || len(f.HTTP2.Requests[1].After) != 1 {
		t.Errorf("%+v, %v", f.HTTP2, err)
	}
	g, err := Parse(&Capture{Client: whole, ALPN: "h2"})
	if err != nil || len(Diff(g, f, nil)) > 0 {
		t.Errorf("elision changes the model: %v, %v", Diff(g, f, nil), err)
	}
}

// TestParseEvidence parses what real browsers sent on whole connections.
func TestParseEvidence(t *testing.T) {
	// SETTINGS of Chromium: 92 to 103 have 1, 3, 4, 6; 107 to 116 have 1, 2, 3, 4, 6; from 119 on 1, 2, 4, 6.
	akamai := func(build string) string {
		version, err := strconv.Atoi(strings.TrimPrefix(build, "chromium"))
		switch {
		case err != nil:
			return "1:65536;2:0;4:131072;5:16384|12517377|0|m,p,a,s"
		case version <= 103:
			return "1:65536;3:1000;4:6291456;6:262144|15663105|0|m,a,s,p"
		case version <= 116:
			return "1:65536;2:0;3:1000;4:6291456;6:262144|15663105|0|m,a,s,p"
		}
		return "1:65536;2:0;4:6291456;6:262144|15663105|0|m,a,s,p"
	}
	files, err := filepath.Glob("../golden/captures/*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no evidence: %v", err)
	}
	h1, h2 := 0, 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var evidence struct{ Connections []Capture }
		if err := json.Unmarshal(b, &evidence); err != nil || len(evidence.Connections) == 0 {
			continue // recipes and signatures have no connections
		}
		for i, c := range evidence.Connections {
			name := fmt.Sprintf("%s, connection %d", file, i)
			f, err := Parse(&c)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			checkRoundTrip(t, name, &c)
			checkRoundTrip(t, name, f)
			if len(c.Hellos) == 0 {
				continue // without TLS, or nothing came
			}
			if err := checkLeaves(c.Hellos[0], f.Leaves()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if f.HTTP1 != nil {
				h1 += len(f.HTTP1.Requests)
			}
			if f.HTTP2 == nil || len(f.HTTP2.Requests) == 0 {
				continue
			}
			h2 += len(f.HTTP2.Requests)
			build := filepath.Base(filepath.Dir(file))
			if text, _, err := Akamai(f.HTTP2); err != nil || text != akamai(build) {
				t.Errorf("%s: Akamai %s, %v", name, text, err)
			}
		}
	}
	if h1 < 20 || h2 < 20 {
		t.Errorf("%d requests over HTTP/1.1, %d over HTTP/2: the evidence is not complete", h1, h2)
	}
}
