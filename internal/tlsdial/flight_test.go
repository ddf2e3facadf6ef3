package tlsdial

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"reflect"
	"slices"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/wirelike/wirelike/fingerprint"
)

// flightMessages are EncryptedExtensions with a limit of 1000 and a Certificate of two, with extensions.
func flightMessages() []byte {
	extensions := []byte{0, 11, 0, 16, 0, 1, 'x', 0, 28, 0, 2, 3, 0xe8}
	out := append([]byte{8, 0, 0, byte(len(extensions))}, extensions...)
	list := []byte{0, 0, 2, 'd', 'e', 0, 10, 0, 18, 0, 1, 'a', 0, 5, 0, 1, 'b', 0, 0, 1, 'r', 0, 4, 0, 99, 0, 0}
	body := append([]byte{0, 0, 0, byte(len(list))}, list...)
	return append(append(out, 11, 0, 0, byte(len(body))), body...)
}

// TestFlightMessages: the messages are understood; a part of them, or one with a part missing, is not misunderstood.
func TestFlightMessages(t *testing.T) {
	t.Parallel()
	whole := flightMessages()
	msgs := splitMessages(whole)
	if len(msgs) != 2 || limitIn(msgs[0][4:]) != 1000 {
		t.Fatalf("%x", msgs)
	}
	want := [][]fingerprint.ID{{18, 5}, {99}}
	if got, ok := extensionsIn(msgs[1][4:]); !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, ok)
	}
	for n := range whole {
		if got := splitMessages(whole[:n]); len(got) > 1 || len(got) == 1 && !bytes.Equal(got[0], msgs[0]) {
			t.Errorf("of %d bytes: %x", n, got)
		}
	}
	for n := range msgs[0][4:] {
		if got := limitIn(msgs[0][4 : 4+n]); got != 0 {
			t.Errorf("of %d bytes: limit %d", n, got)
		}
	}
	for n := range msgs[1][4:] {
		if got, ok := extensionsIn(msgs[1][4 : 4+n]); ok {
			t.Errorf("of %d bytes: %v", n, got)
		}
	}
}

// TestFlight: a flight that is cut off, or changed in transit, tells nothing and does no harm.
func TestFlight(t *testing.T) {
	t.Parallel()
	hello := []byte{22, 3, 3, 0, 1, 2}
	for n := range 200 {
		raw := append(bytes.Clone(hello), 23, 3, 3, 0, byte(n))
		raw = append(raw, bytes.Repeat([]byte{byte(n)}, n/2)...)
		for _, suite := range []uint16{0x1301, 0x1302, 0x1303, 0xc02f} {
			f := &flight{raw: raw, secret: make([]byte, 32)}
			if limit := f.recordLimit(0x0304, suite); limit != 0 {
				t.Errorf("limit %d", limit)
			}
			if _, ok := f.certificateExtensions(suite); ok {
				t.Error("extensions of no certificate")
			}
		}
	}
	f := &flight{}
	f.feed(make([]byte, 2*maxFlight))
	f.feed([]byte{1})
	if len(f.raw) != maxFlight {
		t.Errorf("%d bytes are kept", len(f.raw))
	}
	// TLS 1.2 has it in the ServerHello.
	for says, want := range map[uint16]int{0: 0, 63: 0, 64: 64, 2000: 2000, 16383: 16383, 16384: 0, 16385: 0} {
		msg := answer(make([]byte, 32), 0xc02b, make([]byte, 32), binary.BigEndian.AppendUint16([]byte{0, 28, 0, 2}, says)...)
		f = &flight{raw: records(msg, 50)}
		if limit := f.recordLimit(0x0303, 0xc02b); limit != want {
			t.Errorf("%d: limit %d", says, limit)
		}
	}
}

// TestFlightSuites: what is opened does not depend on the cipher that the server chose.
func TestFlightSuites(t *testing.T) {
	t.Parallel()
	for _, suite := range []uint16{0x1301, 0x1302, 0x1303} {
		secret := bytes.Repeat([]byte{7}, 32)
		if suite == 0x1302 {
			secret = bytes.Repeat([]byte{7}, 48)
		}
		raw := sealed(t, suite, secret, append(flightMessages(), 22, 0, 0))
		f := &flight{raw: append(records([]byte{2, 0, 0, 0}, 9), raw...), secret: secret}
		if limit := f.recordLimit(0x0304, suite); limit != 999 {
			t.Errorf("%#x: limit %d", suite, limit)
		}
		if got, ok := f.certificateExtensions(suite); !ok || len(got) != 2 || !slices.Equal(got[0], []fingerprint.ID{18, 5}) {
			t.Errorf("%#x: %v, %v", suite, got, ok)
		}
		f.secret = bytes.Repeat([]byte{8}, len(secret))
		if limit := f.recordLimit(0x0304, suite); limit != 0 {
			t.Errorf("%#x: limit %d with another secret", suite, limit)
		}
	}
}

// sealed makes one record of the content, with the cipher of crypto/tls' suites and not with what opens it.
func sealed(t *testing.T, suite uint16, secret, content []byte) []byte {
	t.Helper()
	h, length := sha256.New, 16
	switch suite {
	case 0x1302:
		h, length = sha512.New384, 32
	case 0x1303:
		length = 32
	}
	label := func(name string, n int) []byte {
		b, err := hkdf.Expand(h, secret, "\x00"+string(rune(n))+string(rune(6+len(name)))+"tls13 "+name+"\x00", n)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var aead cipher.AEAD
	var err error
	if key := label("key", length); suite == 0x1303 {
		aead, err = chacha20poly1305.New(key)
	} else if block, e := aes.NewCipher(key); e == nil {
		aead, err = cipher.NewGCM(block)
	}
	if err != nil {
		t.Fatal(err)
	}
	n := len(content) + aead.Overhead()
	head := []byte{23, 3, 3, byte(n >> 8), byte(n)}
	return aead.Seal(head, label("iv", 12), content, head)
}

func FuzzFlight(f *testing.F) {
	f.Add(flightMessages())
	f.Add([]byte{11, 0, 0, 4, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, plain []byte) {
		total := 0
		for _, m := range splitMessages(plain) {
			total += len(m)
			if n := limitIn(m[4:]); n < 0 || n > 1<<16 {
				t.Errorf("limit %d", n)
			}
			extensionsIn(m[4:])
		}
		if total > len(plain) {
			t.Errorf("%d bytes of %d", total, len(plain))
		}
	})
}
