package fingerprint_test

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// covers fails unless the notes cover every byte of msg once, in order.
func covers(t *testing.T, msg []byte, notes []fingerprint.Note) {
	t.Helper()
	at := 0
	for _, n := range notes {
		if n.Offset != at || n.Length < 0 || n.Length == 0 && n.Err == nil {
			t.Fatalf("note %q has %d bytes at %d, the last one ended at %d", n.Text, n.Length, n.Offset, at)
		}
		at += n.Length
	}
	if at != len(msg) {
		t.Fatalf("the notes end at %d of %d bytes", at, len(msg))
	}
}

func hasError(notes []fingerprint.Note) bool {
	return slices.ContainsFunc(notes, func(n fingerprint.Note) bool { return n.Err != nil })
}

// TestAnnotateLeaves: each leaf that a hello has a place for is a note at that place, and a well-formed hello has none
// with an error.
func TestAnnotateLeaves(t *testing.T) {
	for _, msg := range annotated(t) {
		notes := fingerprint.Annotate(msg)
		covers(t, msg, notes)
		if hasError(notes) {
			t.Errorf("%x: an error: %q", msg[:16], notes[len(notes)-1].Text)
		}
		f, err := fingerprint.Parse(&fingerprint.Capture{Hellos: []fingerprint.Hex{msg}})
		if err != nil {
			t.Fatal(err)
		}
		checked := 0
		for _, l := range f.Leaves() {
			if l.Offset < 0 || strings.HasSuffix(l.Path, ".order") || strings.HasSuffix(l.Path, ".reuses") {
				continue // facts about several runs of bytes
			}
			if !slices.ContainsFunc(notes, func(n fingerprint.Note) bool {
				return n.Path == l.Path && l.Offset >= n.Offset-2 && l.Offset <= n.Offset+max(n.Length, 2)
			}) && l.Value != "" {
				t.Errorf("no note for %s at %d", l.Path, l.Offset)
			}
			checked++
		}
		if checked < 7 {
			t.Errorf("%d leaves of a hello are no check", checked)
		}
	}
}

// annotated returns hellos with every layout of extension.
func annotated(t *testing.T) (out [][]byte) {
	t.Helper()
	body := func(s string) fingerprint.Hex {
		b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	extensions := []byte{}
	for _, e := range []string{
		"0a0a 0000", "0000 000e 000c 00 0009 6c6f63616c686f7374", "000a 0006 0004 1a1a 001d", "000b 0002 01 00",
		"000d 0004 0002 0403", "0010 000e 000c 02 6832 08 687474702f312e31", "001b 0003 02 0002", "001c 0002 4001",
		"0023 0003 aabbcc", "002b 0005 04 2a2a 0304", "002d 0002 01 01", "0033 000b 0009 3a3a 0001 00 001d 0000",
		"fe0d 0010 00 0001 0003 07 0002 aabb 0004 01020304", "0012 0000", "0017 0000", "ff01 0001 00", "0005 0005 0100000000",
		"0015 0002 0000", "7777 0003 010203", "1a1a 0001 00", "0029 0018 000a 0004 01020304 00000001 000a 09 010203040506070809",
	} {
		extensions = append(extensions, body(e)...)
	}
	for _, ext := range []fingerprint.Hex{extensions, nil} {
		b := append(body("0303"), bytes.Repeat([]byte{7}, 32)...)
		b = append(b, body("02 0809 0008 0a0a 1301 c02b 0001 01 00")...)
		if ext != nil {
			b = append(append(b, byte(len(ext)>>8), byte(len(ext))), ext...)
		}
		out = append(out, append([]byte{1, 0, byte(len(b) >> 8), byte(len(b))}, b...))
	}
	return out
}

func TestAnnotateTexts(t *testing.T) {
	notes := fingerprint.Annotate(annotated(t)[0])
	for _, want := range []struct {
		path, text     string
		grease, opaque bool
	}{
		{"tls.version", "version: TLS 1.2 (771)", false, false},
		{"tls.random", "random, 32 bytes", false, true},
		{"tls.cipher_suites[0]", "GREASE 0x0a0a", true, false},
		{"tls.cipher_suites[2]", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 (49195)", false, false},
		{"tls.cipher_suites[3]", "unknown (1)", false, false},
		{"tls.extensions.grease#2.type", "extension: GREASE 0x1a1a", true, false},
		{"tls.extensions.server_name.server_name", `"localhost"`, false, false},
		{"tls.extensions.supported_groups[1]", "x25519 (29)", false, false},
		{"tls.extensions.supported_versions[1]", "TLS 1.3 (772)", false, false},
		{"tls.extensions.key_share[0].group", "group: GREASE 0x3a3a", true, false},
		{"tls.extensions.encrypted_client_hello.aead", "AEAD: ChaCha20Poly1305 (3)", false, false},
		{"tls.extensions.compress_certificate[0]", "brotli (2)", false, false},
		{"tls.extensions.record_size_limit.limit", "limit: 16385 bytes", false, false},
		{"tls.extensions.30583", "extension: unknown (30583)", false, false},
	} {
		if !slices.ContainsFunc(notes, func(n fingerprint.Note) bool {
			return n.Path == want.path && n.Text == want.text && n.GREASE == want.grease && n.Opaque == want.opaque
		}) {
			t.Errorf("no note %+v", want)
		}
	}
}

// TestAnnotateTruncated: every truncation, and every byte set to 0xff, is shown as far as it can be read, whole; what
// the parser refuses has an error.
func TestAnnotateTruncated(t *testing.T) {
	msg := annotated(t)[0]
	check := func(b []byte) {
		t.Helper()
		notes := fingerprint.Annotate(b)
		covers(t, b, notes)
		if _, err := fingerprint.ParseClientHello(b); err != nil && !hasError(notes) {
			t.Errorf("%x: no error, the parser says %v", b, err)
		}
	}
	for i := range msg {
		check(msg[:i])
		b := bytes.Clone(msg)
		b[i] = 0xff
		check(b)
		short := bytes.Clone(msg[:i]) // with a length that fits
		if i >= 4 {
			short[2], short[3] = byte((i-4)>>8), byte(i-4)
		}
		check(short)
	}
	notes := fingerprint.Annotate(msg[:60])
	if last := notes[len(notes)-1]; last.Err == nil || last.Offset > 60 {
		t.Errorf("the last note of a truncated hello: %+v", last)
	}
	for _, b := range [][]byte{nil, {2}, {1}, {1, 0, 0, 0}} {
		check(b)
	}
}

// TestAnnotateMalformed: a malformed extension is told at its place, and the next one is still read.
func TestAnnotateMalformed(t *testing.T) {
	msg := annotated(t)[0]
	at := bytes.Index(msg, []byte{0, 0x0a, 0, 6, 0, 4, 0x1a, 0x1a})
	msg[at+5] = 3 // an odd list
	notes := fingerprint.Annotate(msg)
	covers(t, msg, notes)
	i := slices.IndexFunc(notes, func(n fingerprint.Note) bool { return n.Err != nil })
	if i < 0 || notes[i].Offset <= at || notes[i].Offset >= at+10 {
		t.Fatalf("the error is not in the extension at %d: %+v", at, notes[max(i, 0)])
	}
	if !slices.ContainsFunc(notes[i:], func(n fingerprint.Note) bool { return n.Path == "tls.extensions.alpn[1]" && n.Text == `"http/1.1"` }) {
		t.Error("what follows the malformed extension is not read")
	}
}

func FuzzAnnotate(f *testing.F) {
	f.Add([]byte{1, 0, 0, 2, 3, 3})
	f.Add([]byte{})
	if b, err := hex.DecodeString("010000a40303cae662172fd450bb0cd710a769079c05bfc5d8e35efa6576edc7d0377afdd4a200000813011302c02bc02f0100007300000010000e00000b6578616d706c652e636f6d000a00060004001d0017000b00020100000d00060004040308040010000e000c02683208687474702f312e31003300260024001d00202222222222222222222222222222222222222222222222222222222222222222002b00050403040303"); err == nil {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		notes := fingerprint.Annotate(b)
		covers(t, b, notes)
		_, err := fingerprint.ParseClientHello(b)
		if len(b) <= fingerprint.MaxHello && err != nil && !hasError(notes) {
			t.Errorf("no error, the parser says %v", err)
		}
	})
}
