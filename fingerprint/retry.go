package fingerprint

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
)

// Second returns the capture as it would be if the connection had begun with its second hello, the one after a
// HelloRetryRequest; [Parse] then makes a model with that hello in it. It is nil when there is none. Everything in it is
// shared with c.
func (c *Capture) Second() *Capture {
	if len(c.Hellos) < 2 {
		return nil
	}
	s := *c
	s.Hellos = c.Hellos[1:]
	left := len(c.Hellos[0])
	for i, r := range c.Records {
		if left <= 0 {
			s.Records = c.Records[i:]
			return &s
		}
		if r.Type == 22 {
			left -= r.Length
		}
	}
	s.Records = nil
	return &s
}

// Retry returns what of v holds for the second hello of a connection, the one after a HelloRetryRequest: there is no share
// of a GREASE group any more that could be equal to anything, and no padding. It shares memory with v.
func (v *Vary) Retry() *Vary {
	out := *v
	out.Padded = false
	out.Equal, out.Distinct = withoutShares(v.Equal), withoutShares(v.Distinct)
	return &out
}

func withoutShares(groups [][]string) (out [][]string) {
	for _, g := range groups {
		if !slices.ContainsFunc(g, func(path string) bool { return strings.HasPrefix(path, "tls.extensions.key_share[") }) {
			out = append(out, g)
		}
	}
	return out
}

// DiffRetry compares the second hello of a connection with the first, byte by byte, and returns what a client must not
// have changed (RFC 8446 §4.1.2), with offsets into the second: all but key_share, cookie, early_data, padding and, of
// pre_shared_key, what follows from the hello being another. There is nothing to compare, and so no error, in a capture
// with one hello.
func DiffRetry(c *Capture) ([]Mismatch, error) {
	if len(c.Hellos) < 2 {
		return nil, nil
	}
	var halves [2]helloParts
	for i := range halves {
		if _, err := ParseClientHello(c.Hellos[i]); err != nil {
			return nil, fmt.Errorf("hello %d: %w", i, err)
		}
		halves[i] = splitHello(c.Hellos[i])
	}
	var out []Mismatch
	add := func(path string, offset int, want, got []byte) {
		if !bytes.Equal(want, got) {
			out = append(out, Mismatch{Path: path, Offset: offset, Rule: "correlate", Want: fmt.Sprintf("%x, as in the first hello", want), Got: fmt.Sprintf("%x", got)})
		}
	}
	one, two := halves[0], halves[1]
	for i, p := range one.head {
		add(p.Path, two.head[i].Offset, p.Bytes, two.head[i].Bytes)
	}
	// What may come or go is left out: the rest stands in the same order.
	for i := range halves {
		halves[i].extensions = slices.DeleteFunc(halves[i].extensions, func(e extensionPart) bool {
			return e.id == ExtCookie || e.id == ExtEarlyData || e.id == ExtPadding
		})
	}
	one, two = halves[0], halves[1]
	if !slices.EqualFunc(one.extensions, two.extensions, func(a, b extensionPart) bool { return a.id == b.id }) {
		return append(out, Mismatch{Path: "tls.extensions.order", Offset: -1, Rule: "correlate", Want: one.order(), Got: two.order()}), nil
	}
	for i, e := range two.extensions {
		if e.id != ExtKeyShare && e.id != ExtPreSharedKey {
			add(e.Path, e.Offset, one.extensions[i].Bytes, e.Bytes)
		}
	}
	return out, nil
}

// helloParts is a hello taken apart without being interpreted.
type helloParts struct {
	head       []Part // version, random, session id, suites, compression
	extensions []extensionPart
}

func (h *helloParts) order() string {
	var names []string
	for _, e := range h.extensions {
		names = append(names, strings.TrimPrefix(e.Path, "tls.extensions."))
	}
	return strings.Join(names, ",")
}

type extensionPart struct {
	Part // without type and length
	id   ID
}

// splitHello splits a message that [ParseClientHello] accepts. The paths of GREASE extensions have their values.
func splitHello(msg []byte) (h helloParts) {
	part := func(path string, b []byte) Part { return Part{Path: path, Offset: cap(msg) - cap(b), Bytes: b} }
	s := cryptobyte.String(msg[4:])
	var version, random []byte
	var sid, suites, compression, extensions cryptobyte.String
	s.ReadBytes(&version, 2)
	random = s[:32]
	s.Skip(32)
	s.ReadUint8LengthPrefixed(&sid)
	s.ReadUint16LengthPrefixed(&suites)
	s.ReadUint8LengthPrefixed(&compression)
	s.ReadUint16LengthPrefixed(&extensions)
	h.head = []Part{
		{Path: "tls.version", Offset: 4, Bytes: version}, part("tls.random", random), part("tls.session_id", sid),
		part("tls.cipher_suites", suites), part("tls.compression_methods", compression),
	}
	for !extensions.Empty() {
		var t uint16
		var body cryptobyte.String
		if !extensions.ReadUint16(&t) || !extensions.ReadUint16LengthPrefixed(&body) {
			return h
		}
		path := "tls.extensions." + ExtensionName(ID(t))
		if ID(t).IsGREASE() {
			path = fmt.Sprintf("tls.extensions.grease %#04x", t)
		}
		h.extensions = append(h.extensions, extensionPart{part(path, body), ID(t)})
	}
	return h
}
