package fingerprint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// frameWriter writes the client's half of an HTTP/2 connection.
type frameWriter struct {
	bytes.Buffer
	*http2.Framer
	block bytes.Buffer
	enc   *hpack.Encoder
}

func newFrameWriter() *frameWriter {
	w := &frameWriter{}
	w.WriteString(Preface)
	w.Framer = http2.NewFramer(&w.Buffer, nil)
	w.AllowIllegalWrites = true
	w.enc = hpack.NewEncoder(&w.block)
	return w
}

// settings writes id, value, id, value … as a SETTINGS frame.
func (w *frameWriter) settings(params ...uint32) *frameWriter {
	var payload []byte
	for i := 0; i < len(params); i += 2 {
		payload = binary.BigEndian.AppendUint16(payload, uint16(params[i]))
		payload = binary.BigEndian.AppendUint32(payload, params[i+1])
	}
	return w.raw(frameSettings, 0, 0, payload)
}

func (w *frameWriter) raw(typ http2.FrameType, flags http2.Flags, stream uint32, payload []byte) *frameWriter {
	if err := w.WriteRawFrame(typ, flags, stream, payload); err != nil {
		panic(err)
	}
	return w
}

func (w *frameWriter) window(stream, increment uint32) *frameWriter {
	return w.raw(frameWindowUpdate, 0, stream, binary.BigEndian.AppendUint32(nil, increment))
}

// priority writes a PRIORITY frame; weight is the octet on the wire.
func (w *frameWriter) priority(stream, dependsOn uint32, weight byte) *frameWriter {
	return w.raw(framePriority, 0, stream, append(binary.BigEndian.AppendUint32(nil, dependsOn), weight))
}

// fields encodes name, value, name, value … as a header block.
func (w *frameWriter) fields(fields ...string) []byte {
	w.block.Reset()
	for i := 0; i < len(fields); i += 2 {
		if err := w.enc.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]}); err != nil {
			panic(err)
		}
	}
	return w.block.Bytes()
}

// get writes a request with the pseudo-header fields in the order of their initials.
func (w *frameWriter) get(stream uint32, initials string) *frameWriter {
	return w.raw(frameHeaders, 0x5, stream, w.fields(pseudo(initials)...))
}

func pseudo(initials string) (fields []string) {
	for _, c := range initials {
		switch c {
		case 'm':
			fields = append(fields, ":method", "GET")
		case 'a':
			fields = append(fields, ":authority", "localhost")
		case 's':
			fields = append(fields, ":scheme", "https")
		case 'p':
			fields = append(fields, ":path", "/")
		case 'P':
			fields = append(fields, ":protocol", "websocket")
		}
	}
	return append(fields, "user-agent", "test")
}

func parseFrames(t testing.TB, w *frameWriter) *HTTP2 {
	t.Helper()
	p := NewHTTP2Parser()
	if _, err := p.Write(w.Bytes()); err != nil {
		t.Fatal(err)
	}
	return p.HTTP2()
}

// firefoxFrames are those of Firefox 153.
func firefoxFrames() *frameWriter {
	return newFrameWriter().settings(1, 65536, 2, 0, 4, 131072, 5, 16384).window(0, 12517377).get(3, "mpas").window(3, 12451840)
}

func TestAkamai(t *testing.T) {
	chrome := func() *frameWriter {
		return newFrameWriter().settings(1, 65536, 2, 0, 4, 6291456, 6, 262144).window(0, 15663105)
	}
	const chromeText, chromeHash = "1:65536;2:0;4:6291456;6:262144|15663105|0|m,a,s,p", "52d84b11737d980aef856699f885ca86"
	withPriority := append([]byte{0x80, 0, 0, 0, 255}, chrome().fields(pseudo("masp")...)...)
	for _, test := range []struct {
		name, reason string
		frames       *frameWriter
		text, hash   string
	}{
		{"Chromium 156", "measured", chrome().get(1, "masp"), chromeText, chromeHash},
		{"Firefox 153", "a stream's WINDOW_UPDATE behind the request is not the connection's", firefoxFrames(),
			"1:65536;2:0;4:131072;5:16384|12517377|0|m,p,a,s", "6ea73faa8fc5aac76bded7bd238f6433"},
		{"Firefox 120", "the tree of idle streams", newFrameWriter().settings(1, 65536, 4, 131072, 5, 16384).window(0, 12517377).
			priority(3, 0, 200).priority(5, 0, 100).priority(7, 0, 0).priority(9, 7, 0).priority(11, 3, 0).priority(13, 0, 240).get(15, "mpas"),
			"1:65536;4:131072;5:16384|12517377|3:0:0:201,5:0:0:101,7:0:0:1,9:0:7:1,11:0:3:1,13:0:0:241|m,p,a,s", "3d9132023bf26a71d40fe766e5c24c9d"},
		{"Safari 26", "measured", newFrameWriter().settings(2, 0, 3, 100, 4, 2097152, 9, 1).window(0, 10420225).get(1, "msap"),
			"2:0;3:100;4:2097152;9:1|10420225|0|m,s,a,p", "c52879e43202aeb92740be6e8c86ea96"},
		{"okhttp4", "measured", newFrameWriter().settings(4, 16777216).window(0, 16711681).get(3, "mpas"),
			"4:16777216|16711681|0|m,p,a,s", "605a1154008045d7e3cb3c6fb062c0ce"},
		{"curl 7.88", "settings in the order of the wire", newFrameWriter().settings(3, 100, 4, 33554432, 2, 0).window(0, 33488897).get(1, "mpsa"),
			"3:100;4:33554432;2:0|33488897|0|m,p,s,a", "fd07c74c4990fc43ef9f4b3277cf3cf2"},
		{"Go", "measured", newFrameWriter().settings(2, 0, 4, 4194304, 5, 16384, 6, 10485760).window(0, 1073741824).get(1, "amps"),
			"2:0;4:4194304;5:16384;6:10485760|1073741824|0|a,m,p,s", "cbcbfae223bb97a0cc79109588321a5c"},
		{"node", "an empty SETTINGS is an empty part, no WINDOW_UPDATE is 00", newFrameWriter().settings().get(1, "pmas"),
			"|00|0|p,m,a,s", "38e36840395e07ae27bae1632ddc8b92"},
		{"httpx", "recorded", newFrameWriter().settings(1, 4096, 2, 0, 4, 65535, 5, 16384, 3, 100, 6, 65536).window(0, 16777216).get(1, "masp"),
			"1:4096;2:0;4:65535;5:16384;3:100;6:65536|16777216|0|m,a,s,p", "29e6a0e9b360185223ec1278a845fdb1"},
		{"unknown settings", "numbers, also for GREASE", newFrameWriter().settings(1, 65536, 4, 131072, 8, 1, 0x2a2a, 7).window(0, 12345).get(1, "mpsa"),
			"1:65536;4:131072;8:1;10794:7|12345|0|m,p,s,a", ""},
		{"repeated setting", "both are printed", newFrameWriter().settings(4, 1, 4, 2).get(1, "masp"), "4:1;4:2|00|0|m,a,s,p", ""},
		{"no SETTINGS", "an empty part", newFrameWriter().window(0, 1).get(1, "masp"), "|1|0|m,a,s,p", ""},
		{"second SETTINGS", "only the first counts", chrome().settings(4, 1).get(1, "masp"), chromeText, chromeHash},
		{"acknowledgement first", "an ACK is no SETTINGS of the client's own", newFrameWriter().raw(frameSettings, 1, 0, nil).
			settings(1, 65536, 2, 0, 4, 6291456, 6, 262144).window(0, 15663105).get(1, "masp"), chromeText, chromeHash},
		{"second WINDOW_UPDATE", "only the first counts", chrome().window(0, 7).get(1, "masp"), chromeText, chromeHash},
		{"WINDOW_UPDATE of a stream first", "only stream 0 counts", newFrameWriter().settings(1, 65536, 2, 0, 4, 6291456, 6, 262144).window(3, 9).
			window(0, 15663105).get(1, "masp"), chromeText, chromeHash},
		{"reserved bit", "the increment has 31 bits", newFrameWriter().settings().window(0, 1<<31|5).get(1, "masp"), "|5|0|m,a,s,p", ""},
		{"priority in HEADERS", "it is no PRIORITY frame", chrome().raw(frameHeaders, 0x25, 1, withPriority), chromeText, chromeHash},
		{"exclusive", "the flag is its own part", newFrameWriter().settings().priority(5, 1<<31|3, 15).get(7, "masp"), "|00|5:1:3:16|m,a,s,p", ""},
		{"later frames", "the first request freezes the text", chrome().get(1, "masp").settings(4, 9).window(0, 99).priority(9, 0, 1).get(3, "pmas"), chromeText, chromeHash},
		{"extended CONNECT", "a second p", chrome().get(1, "mPspa"), "1:65536;2:0;4:6291456;6:262144|15663105|0|m,p,s,p,a", ""},
		{"no pseudo fields", "an empty part", newFrameWriter().settings().get(1, ""), "|00|0|", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			text, hash, err := Akamai(parseFrames(t, test.frames))
			if err != nil || text != test.text || test.hash != "" && hash != test.hash || hash != md5Hex([]byte(text)) {
				t.Errorf("%s:\ngot  %s %s (%v)\nwant %s %s", test.reason, hash, text, err, test.hash, test.text)
			}
		})
	}
}

func TestAkamaiBeforeTheRequest(t *testing.T) {
	for _, h := range []*HTTP2{nil, {}, parseFrames(t, newFrameWriter().settings(4, 1).window(0, 9))} {
		if text, hash, err := Akamai(h); !errors.Is(err, ErrNotSeen) || text != "" || hash != "" {
			t.Errorf("%+v: %q %q %v", h, text, hash, err)
		}
	}
}
