package fingerprint

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

func FuzzParseClientHello(f *testing.F) {
	f.Add(unhex(f, helloB))
	f.Add(unhex(f, helloG))
	f.Add(rawB(f).and(41, pskBody([]int{4, 2}, []int{5, 32})...).and(0xfe0d, echBody(2, 3)...).and(28, 0x40, 1).and(21, 0).and(0, 0).bytes())
	f.Add((&rawHello{version: 0x0301, suites: []uint16{4}}).bytes())
	for _, v := range readVectors(f) {
		f.Add([]byte(v.Hello))
	}
	f.Fuzz(func(t *testing.T, msg []byte) {
		h, err := ParseClientHello(msg)
		if err != nil {
			return
		}
		fp := &Fingerprint{TLS: h}
		if err := checkLeaves(msg, fp.Leaves()); err != nil {
			t.Error(err)
		}
		checkRoundTrip(t, "hello", fp)
		if d := Diff(fp, fp, nil); len(d) > 0 {
			t.Errorf("differs from itself: %+v", d)
		}
		for _, r := range Sums(fp)[:5] {
			if (r.Err == nil) != (r.Text != "") || (r.Err == nil) != (r.Hash != "") {
				t.Errorf("%+v", r)
			}
		}
	})
}

func FuzzParseHead(f *testing.F) {
	for _, s := range []string{
		"GET / HTTP/1.1\r\nHost: h\r\nX-A: b\r\nx-a: c\r\n\r\n", "POST /x HTTP/1.0\nA : \t b\n\n", "GET / HTTP/1.1\r\nx#2: 1\r\nx: 2\r\nx: 3\r\n\r\n",
		"GET / HTTP/1.1\r\na[b].c: d\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := ParseHead(b)
		if err != nil {
			return
		}
		fp := &Fingerprint{HTTP1: &HTTP1{Requests: []Head{*h}}}
		if err := checkLeaves(nil, fp.Leaves()); err != nil {
			t.Error(err)
		}
		if d := Diff(fp, fp, nil); len(d) > 0 {
			t.Errorf("differs from itself: %+v", d)
		}
		if n := headLength(b); n >= 0 {
			if again, err := ParseHead(b[:n]); err != nil || !reflect.DeepEqual(h, again) {
				t.Errorf("the head alone is read as %+v, %v", again, err)
			}
		}
	})
}

// FuzzParseHTTP1 looks for a connection that makes the walk over bodies panic or run for ever.
func FuzzParseHTTP1(f *testing.F) {
	f.Add([]byte("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabGET / HTTP/1.1\r\n\r\n"), 38, int64(7))
	f.Add([]byte("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\n"), 50, int64(-1))
	f.Fuzz(func(t *testing.T, b []byte, offset int, length int64) {
		fp, _ := Parse(&Capture{Client: b, ALPN: "http/1.1", Elided: []Elision{{offset, length}, {offset, length}}})
		if fp.HTTP1 != nil && len(fp.HTTP1.Requests) > len(b)/len("G / HTTP/\n\n")+1 {
			t.Errorf("%d requests in %d bytes", len(fp.HTTP1.Requests), len(b))
		}
	})
}

func FuzzHTTP2Parser(f *testing.F) {
	preface := len(Preface)
	for _, w := range []*frameWriter{firefoxFrames(), busyFrames(), newFrameWriter().settings(1, 2).raw(frameHeaders, 0x4, 1, []byte{0x3f, 0xe1, 0x1f, 0x82, 0x7a, 1, 'x'})} {
		f.Add(w.Bytes()[preface:], uint16(3))
	}
	f.Fuzz(func(t *testing.T, b []byte, size uint16) {
		b = append([]byte(Preface), b...)
		whole, pieces := NewHTTP2Parser(), NewHTTP2Parser()
		_, err := whole.Write(b)
		var inPieces error
		for c := range chunks(b, max(1, int(size)%64)) {
			if _, inPieces = pieces.Write(c); inPieces != nil {
				break
			}
		}
		if (err == nil) != (inPieces == nil) || err != nil && err.Error() != inPieces.Error() || !reflect.DeepEqual(whole.HTTP2(), pieces.HTTP2()) {
			t.Errorf("as a whole %v, in pieces %v, or other results", err, inPieces)
		}
		fp := &Fingerprint{HTTP2: whole.HTTP2()}
		if err := checkLeaves(nil, fp.Leaves()); err != nil {
			t.Error(err)
		}
		if d := Diff(fp, fp, nil); len(d) > 0 {
			t.Errorf("differs from itself: %+v", d)
		}
		for _, r := range whole.HTTP2().Requests {
			for _, field := range r.Fields {
				var again Form
				if err := again.UnmarshalText([]byte(field.Form.String())); err != nil || again != field.Form {
					t.Errorf("form %v: %v", field.Form, err)
				}
			}
		}
	})
}

func FuzzTexts(f *testing.F) {
	for _, s := range []string{"indexed:2", "incremental:58:value-h", "never-indexed:0:name-h,value-p", `"GREASE"`, `"GREASE 0x1a1a"`, `4865`, "00ff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var form Form
		if form.UnmarshalText([]byte(s)) == nil && form.String() != s {
			t.Errorf("form %q is written %q", s, form)
		}
		var id ID
		if id.UnmarshalJSON([]byte(s)) == nil {
			if b, err := id.MarshalJSON(); err != nil || string(b) != s && !strings.HasPrefix(s, `"`) && s[0] != '0' {
				t.Errorf("ID %s is written %s (%v)", s, b, err)
			}
		}
		var h Hex
		if h.UnmarshalText([]byte(s)) == nil {
			if b, err := h.MarshalText(); err != nil || string(b) != s {
				t.Errorf("%q is written %q (%v)", s, b, err)
			}
		}
	})
}

func FuzzDecodeStrict(f *testing.F) {
	text, err := FormatJSON(&Fingerprint{TLS: parseHello(f, unhex(f, helloG)), HTTP2: parseFrames(f, firefoxFrames())})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"tls":{"extensions":[{"type":"GREASE","list":[1]},null]},"http1":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var v Fingerprint
		if DecodeStrict(b, &v) != nil {
			return
		}
		text, err := FormatJSON(&v)
		if err != nil {
			t.Fatal(err)
		}
		var again Fingerprint
		if err := DecodeStrict(text, &again); err != nil {
			t.Fatalf("its own text is refused: %v\n%s", err, text)
		}
		if twice, err := FormatJSON(&again); err != nil || !bytes.Equal(text, twice) {
			t.Errorf("written again it is another text (%v)", err)
		}
		v.Leaves() // whatever the file says, no panic
		Sums(&v)
		if v.TLS != nil {
			Diff(&v, &again, nil)
		}
	})
}
