package client

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// pinPrefix begins a pin, as in curl's option pinnedpubkey.
const pinPrefix = "sha256//"

// pins are SHA-256 hashes of SubjectPublicKeyInfo.
type pins [][sha256.Size]byte

// PinError is the cause of an ErrPinned.
type PinError struct {
	// Key is that of the server, in the form of [Transport.PinnedKeys]; empty if it sent no certificate.
	Key string
}

// Error tells the server's key.
func (e *PinError) Error() string {
	if e.Key == "" {
		return "the server has no certificate, and so none of the pinned keys"
	}
	return "the server's key is " + e.Key + ", none of the pinned ones"
}

// KeyPin returns a certificate's public key in the form of [Transport.PinnedKeys]: "sha256//" and the SHA-256 hash of its
// SubjectPublicKeyInfo in base64 (RFC 7469 §2.4).
func KeyPin(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return pinPrefix + base64.StdEncoding.EncodeToString(sum[:])
}

// parsePins reads PinnedKeys; a text may have several pins between semicolons, as curl has it.
func parsePins(texts []string) (pins, error) {
	var list pins
	for i, text := range texts {
		for one := range strings.SplitSeq(text, ";") {
			pin, err := parsePin(one)
			if err != nil {
				return nil, invalid(ErrInvalidRequest, "PinnedKeys[%d]: %w", i, err)
			}
			list = append(list, pin)
		}
	}
	return list, nil
}

func parsePin(text string) (pin [sha256.Size]byte, err error) {
	hash, ok := strings.CutPrefix(text, pinPrefix)
	if !ok {
		return pin, fmt.Errorf("%.80q does not begin with %s: files of keys are not supported, KeyPin makes a pin", text, pinPrefix)
	}
	b, err := base64.StdEncoding.Strict().DecodeString(hash)
	if err != nil || len(b) != len(pin) {
		return pin, fmt.Errorf("%.80q is not %s and %d bytes in base64", text, pinPrefix, len(pin))
	}
	return [sha256.Size]byte(b), nil
}

var errNoPins = errors.New("PinnedKeys is empty: nothing could match; want pins, or nil for any key")

// verifier returns check, nil without pins.
func (p pins) verifier() func([]*x509.Certificate) error {
	if len(p) == 0 {
		return nil
	}
	return p.check
}

// check looks for the key of the certificate that the server itself has, the first of its chain.
func (p pins) check(chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return &fault{ErrPinned, &PinError{}}
	}
	if slices.Contains(p, sha256.Sum256(chain[0].RawSubjectPublicKeyInfo)) {
		return nil
	}
	return &fault{ErrPinned, &PinError{Key: KeyPin(chain[0])}}
}
