package fingerprint

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"
)

// Whole hellos by hand: B is a small one of TLS 1.3; G has GREASE in six places, also as its last extension.
var (
	helloB = "010000a40303cae662172fd450bb0cd710a769079c05bfc5d8e35efa6576edc7d0377afdd4a200000813011302c02bc02f" +
		"0100007300000010000e00000b6578616d706c652e636f6d000a00060004001d0017000b00020100000d0006000404030804" +
		"0010000e000c02683208687474702f312e31003300260024001d0020" + strings.Repeat("22", 32) + "002b00050403040303"
	helloG = "010000ba0303f11f5ba5721271a50a8f1480ec2e39b3d3f610ada01e58a2deaa53927f5766610000068a8a1301c02b" +
		"0100008b1a1a000000000010000e00000b6578616d706c652e636f6d000a000800062a2a001d0017000b00020100000d000800063a3a" +
		"040308040010000500030268320033002b00292a2a000100001d0020" + strings.Repeat("22", 32) +
		"002b0007064a4a03040303002d00020101001b0003020002fafa000100"
)

// rawHello is a ClientHello taken apart, so that tests can change a part of it.
type rawHello struct {
	version uint16
	session []byte
	suites  []uint16
	// exts is the extension list; nil for a hello without extension block.
	exts []rawExt
}

type rawExt struct {
	typ  uint16
	body []byte
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func rawB(t testing.TB) *rawHello {
	t.Helper()
	r := &rawHello{exts: []rawExt{}}
	s := cryptobyte.String(unhex(t, helloB))
	var suites, exts, body cryptobyte.String
	var comp cryptobyte.String
	s.Skip(4)
	s.ReadUint16(&r.version)
	s.Skip(33)
	s.ReadUint16LengthPrefixed(&suites)
	s.ReadUint8LengthPrefixed(&comp)
	s.ReadUint16LengthPrefixed(&exts)
	for !suites.Empty() {
		var c uint16
		suites.ReadUint16(&c)
		r.suites = append(r.suites, c)
	}
	for !exts.Empty() {
		var typ uint16
		exts.ReadUint16(&typ)
		exts.ReadUint16LengthPrefixed(&body)
		r.exts = append(r.exts, rawExt{typ, body})
	}
	if len(r.suites) != 4 || len(r.exts) != 7 || !s.Empty() {
		t.Fatalf("hello B was not taken apart: %+v", r)
	}
	return r
}

// without removes extensions of a type.
func (r *rawHello) without(typ uint16) *rawHello {
	r.exts = slices.DeleteFunc(r.exts, func(e rawExt) bool { return e.typ == typ })
	return r
}

// with replaces the body of an extension, or appends the extension.
func (r *rawHello) with(typ uint16, body ...byte) *rawHello {
	for i := range r.exts {
		if r.exts[i].typ == typ {
			r.exts[i].body = body
			return r
		}
	}
	return r.and(typ, body...)
}

// and appends an extension.
func (r *rawHello) and(typ uint16, body ...byte) *rawHello {
	r.exts = append(r.exts, rawExt{typ, body})
	return r
}

// first puts an extension in front.
func (r *rawHello) first(typ uint16, body ...byte) *rawHello {
	r.exts = slices.Insert(r.exts, 0, rawExt{typ, body})
	return r
}

func (r *rawHello) bytes() []byte {
	var b cryptobyte.Builder
	b.AddUint8(1)
	b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
		b.AddUint16(r.version)
		b.AddBytes(make([]byte, 32))
		b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(r.session) })
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			for _, c := range r.suites {
				b.AddUint16(c)
			}
		})
		b.AddBytes([]byte{1, 0})
		if r.exts == nil {
			return
		}
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			for _, e := range r.exts {
				b.AddUint16(e.typ)
				b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(e.body) })
			}
		})
	})
	return b.BytesOrPanic()
}

func (r *rawHello) parse(t testing.TB) *ClientHello {
	t.Helper()
	return parseHello(t, r.bytes())
}

func parseHello(t testing.TB, msg []byte) *ClientHello {
	t.Helper()
	h, err := ParseClientHello(msg)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// list16, list8 and bytes8 are the bodies of list extensions.
func list16(ids ...uint16) []byte {
	return append([]byte{byte(2 * len(ids) >> 8), byte(2 * len(ids))}, wide(ids)...)
}

func list8(ids ...uint16) []byte { return append([]byte{byte(2 * len(ids))}, wide(ids)...) }

func bytes8(b ...byte) []byte { return append([]byte{byte(len(b))}, b...) }

func wide(ids []uint16) (out []byte) {
	for _, id := range ids {
		out = append(out, byte(id>>8), byte(id))
	}
	return out
}

// protocolList is the body of ALPN.
func protocolList(names ...string) []byte {
	var list []byte
	for _, n := range names {
		list = append(append(list, byte(len(n))), n...)
	}
	return append([]byte{byte(len(list) >> 8), byte(len(list))}, list...)
}

// nameBody is the body of server_name.
func nameBody(host string) []byte {
	n := len(host)
	return append([]byte{byte((n + 3) >> 8), byte(n + 3), 0, byte(n >> 8), byte(n)}, host...)
}

// echBody is the body of an outer encrypted_client_hello.
func echBody(enc, payload int) []byte {
	b := []byte{0, 0, 1, 0, 3, 77, byte(enc >> 8), byte(enc)}
	b = append(b, make([]byte, enc)...)
	b = append(b, byte(payload>>8), byte(payload))
	return append(b, make([]byte, payload)...)
}

// shares is the body of key_share with zero keys; arguments are group, length, group, length …
func shares(groupsAndLengths ...int) []byte {
	var list []byte
	for i := 0; i < len(groupsAndLengths); i += 2 {
		g, n := groupsAndLengths[i], groupsAndLengths[i+1]
		list = append(append(list, byte(g>>8), byte(g), byte(n>>8), byte(n)), make([]byte, n)...)
	}
	return append([]byte{byte(len(list) >> 8), byte(len(list))}, list...)
}

// pskBody is the body of pre_shared_key with identities and binders of the given lengths.
func pskBody(identities, binders []int) []byte {
	var b cryptobyte.Builder
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		for _, n := range identities {
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(make([]byte, n)) })
			b.AddUint32(1)
		}
	})
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		for _, n := range binders {
			b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(make([]byte, n)) })
		}
	})
	return b.BytesOrPanic()
}

// helloLists are the lists from which [helloLists.raw] makes a hello with the given extensions, each with the body that
// its type needs.
type helloLists struct {
	version                      uint16
	suites, exts                 []uint16
	groups, algorithms, versions []uint16
	compression                  []uint16
	points, modes                []byte
	protocols                    []string
}

func (l helloLists) raw() *rawHello {
	r := &rawHello{version: l.version, suites: l.suites, exts: []rawExt{}}
	for _, typ := range l.exts {
		var body []byte
		switch ID(typ) {
		case ExtServerName:
			body = nameBody("example.com")
		case ExtSupportedGroups:
			body = list16(l.groups...)
		case ExtECPointFormats:
			body = bytes8(l.points...)
		case ExtSignatureAlgorithms:
			body = list16(l.algorithms...)
		case ExtALPN:
			body = protocolList(l.protocols...)
		case ExtCompressCertificate:
			body = list8(l.compression...)
		case ExtSupportedVersions:
			body = list8(l.versions...)
		case ExtPSKKeyExchangeModes:
			body = bytes8(l.modes...)
		}
		r.exts = append(r.exts, rawExt{typ, body})
	}
	return r
}

// hex16 reads a list of four-digit hexadecimal numbers as JA4 writes them.
func hex16(t testing.TB, list string) (out []uint16) {
	t.Helper()
	for s := range strings.SplitSeq(list, ",") {
		b := unhex(t, s)
		out = append(out, uint16(b[0])<<8|uint16(b[1]))
	}
	return out
}
