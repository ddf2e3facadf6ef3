package wsecho

import (
	"bytes"
	"compress/flate"
	"io"
	"strings"
	"testing"
)

// TestCompression: compressed messages are understood, in one frame or several, and long ones come back compressed, each
// for itself (RFC 7692 §7.2).
func TestCompression(t *testing.T) {
	t.Parallel()
	_, addr := start(t, &Options{Compression: true})
	x := open(t, addr, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits")
	for _, message := range []string{"", "hello", strings.Repeat("0123456789", 60), strings.Repeat("0123456789", 60)} {
		b := deflate(t, message)
		half := len(b) / 2
		for _, send := range []string{
			frame(fin|rsv1|text, b),
			frame(rsv1|text, b[:half]) + frame(fin|ping, "p") + frame(fin|more, b[half:]),
			frame(fin|text, message),
		} {
			x.send(send)
			got := x.next()
			if got == "pong p" {
				got = x.next()
			}
			payload, compressed := strings.CutPrefix(got, "text* ")
			if compressed {
				if len(payload) >= len(message) {
					t.Errorf("%d bytes became %d", len(message), len(payload))
				}
				got = "text " + inflate(t, payload)
			}
			if got != "text "+message || compressed != (len(message) >= 512) {
				t.Errorf("%.20q (%d bytes): compressed %v, %.40q", message, len(message), compressed, got)
			}
		}
	}
	x.send(frame(fin|rsv1|ping, ""))
	x.expect("close 1002 …")
	x.CloseWrite()
	x.expect("end")
}

// tail ends each compressed message and is left out on the wire.
const tail = "\x00\x00\xff\xff"

func deflate(t *testing.T, s string) string {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, s)
	w.Flush()
	return strings.TrimSuffix(b.String(), tail)
}

func inflate(t *testing.T, s string) string {
	b, err := io.ReadAll(flate.NewReader(io.MultiReader(strings.NewReader(s+tail), strings.NewReader("\x01\x00\x00\xff\xff"))))
	if err != nil {
		t.Errorf("inflate: %v", err)
	}
	return string(b)
}
