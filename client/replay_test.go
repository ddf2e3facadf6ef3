package client_test

import (
	"bytes"
	"encoding/hex"
	"net/http/httptrace"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/golden"
)

// TestReplay: the first request of a connection is, byte for byte, that of the captured browser: preface and frames of
// the opening, HEADERS with its HPACK block, and what follows it on the stream.
func TestReplay(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		profile, capture string
		settled          bool // the browser had acknowledged the server's SETTINGS by then, which changes Firefox' block
	}{
		{"chromium156", "chromium156/h2.json", false},
		{"chromium156", "chromium156/h2-2.json", false},
		{"firefox153_linux", "firefox153/h2.json", true},
		{"firefox153_linux", "firefox153/h2-2.json", true},
	} {
		t.Run(strings.ReplaceAll(row.capture, "/", "-"), func(t *testing.T) {
			t.Parallel()
			seen := connections(t, row.capture)[0]
			want := firstRequest(t, seen.Client)
			first := parse(t, &seen).HTTP2.Requests[0]

			srv := fpserver.NewServer(t)
			s := newSession(t, &client.Options{Profile: row.profile, RootCAs: srv.CertPool()})
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {
				if row.settled {
					eventually(t, "SETTINGS acknowledged", func() bool {
						return bytes.HasSuffix(srv.Conns()[0].Capture().Client, []byte("\x00\x00\x00\x04\x01\x00\x00\x00\x00"))
					})
				}
			}})
			// The host and port of the capture, and what only a headless browser says of itself.
			r, err := s.Get(ctx, srv.URL+value(t, first.Fields, ":path"), &client.Call{Header: client.Header{
				{Name: "Host", Value: value(t, first.Fields, ":authority")},
				{Name: "User-Agent", Value: value(t, first.Fields, "user-agent")},
			}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Bytes(); err != nil {
				t.Fatal(err)
			}
			sent := srv.Conns()[0].Capture()
			got := firstRequest(t, sent.Client)
			if len(got) != len(want) {
				t.Fatalf("got  %q\nwant %q", got, want)
			}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("frame %d:\ngot  %s\nwant %s", i, got[i], want[i])
				}
			}
		})
	}
}

// connections returns those of an evidence file below captures/.
func connections(t *testing.T, name string) []fingerprint.Capture {
	t.Helper()
	e, err := golden.ReadEvidence(captures, "captures/"+name)
	if err != nil {
		t.Fatal(err)
	}
	return e.Connections
}

// firstRequest returns the frames, in hexadecimal, up to the first HEADERS and what follows it on its stream.
// Acknowledgements are left out: their place depends on when the server's SETTINGS arrive.
func firstRequest(t *testing.T, client []byte) []string {
	t.Helper()
	const headers, settings, ack = 1, 4, 1
	rest, ok := bytes.CutPrefix(client, []byte(fingerprint.Preface))
	if !ok {
		t.Fatal("no preface")
	}
	var frames []string
	stream := ""
	for len(rest) >= 9 {
		n := 9 + int(rest[0])<<16 + int(rest[1])<<8 + int(rest[2])
		frame := rest[:n]
		rest = rest[n:]
		id := string(frame[5:9])
		if frame[3] == settings && frame[4] == ack {
			continue
		}
		if stream != "" && id != stream {
			break
		}
		if frame[3] == headers {
			if stream != "" {
				break
			}
			stream = id
		}
		frames = append(frames, hex.EncodeToString(frame))
	}
	if stream == "" {
		t.Fatal("no request")
	}
	return frames
}

func parse(t *testing.T, c *fingerprint.Capture) *fingerprint.Fingerprint {
	t.Helper()
	f, err := fingerprint.Parse(c)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func value(t *testing.T, fields []fingerprint.Field, name string) string {
	t.Helper()
	for _, f := range fields {
		if f.Name == name {
			return f.Value
		}
	}
	t.Fatalf("no field %s", name)
	return ""
}
