package fingerprint

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
)

// Algorithm gives a fingerprint one of the names that the field knows. Sum returns the readable text and the hash, which
// is the name proper. It returns [ErrNotSeen] when the layer that it names was not seen, and another error when an
// extension that it reads is malformed; both texts are then empty.
type Algorithm struct {
	Name string
	Sum  func(*Fingerprint) (text, hash string, err error)
}

// ErrNotSeen says that a fingerprint lacks the layer that an algorithm names.
var ErrNotSeen = errors.New("fingerprint: layer not seen")

// Algorithms lists all algorithms in the order in which reports show them. It must not be modified.
var Algorithms = algorithmsOver(TransportTCP)

func algorithmsOver(t Transport) []Algorithm {
	return []Algorithm{
		{"ja3", ofHello(JA3)},
		{"ja3n", ofHello(JA3N)},
		{"ja4", ofHello(func(h *ClientHello) (text, hash string, err error) { return JA4(h, t) })},
		{"ja4_o", ofHello(func(h *ClientHello) (text, hash string, err error) { return JA4O(h, t) })},
		{"peetprint", ofHello(PeetPrint)},
		{"akamai", func(f *Fingerprint) (text, hash string, err error) { return Akamai(f.HTTP2) }},
	}
}

// ofHello makes the Sum of an algorithm that names the ClientHello.
func ofHello(sum func(*ClientHello) (text, hash string, err error)) func(*Fingerprint) (text, hash string, err error) {
	return func(f *Fingerprint) (text, hash string, err error) {
		if f.TLS == nil {
			return "", "", ErrNotSeen
		}
		return sum(f.TLS)
	}
}

// Result is what one algorithm says of a fingerprint.
type Result struct {
	Name       string
	Text, Hash string
	Err        error
}

// Sums applies every algorithm to f, in the order of [Algorithms]. The hello counts as one that came over TCP.
func Sums(f *Fingerprint) []Result { return sums(Algorithms, f) }

// SumsOver is [Sums] for a hello that came over another transport.
func SumsOver(t Transport, f *Fingerprint) []Result { return sums(algorithmsOver(t), f) }

func sums(algorithms []Algorithm, f *Fingerprint) []Result {
	out := make([]Result, len(algorithms))
	for i, a := range algorithms {
		text, hash, err := a.Sum(f)
		out[i] = Result{Name: a.Name, Text: text, Hash: hash, Err: err}
	}
	return out
}

func md5Hex(b []byte) string {
	sum := md5.Sum(b)
	return hex.EncodeToString(sum[:])
}
