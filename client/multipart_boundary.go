package client

import (
	"encoding/binary"
	"io"
	"strconv"

	"github.com/wirelike/wirelike/profiles"
)

const alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// newBoundary returns the boundary of a multipart body of a form, see [profiles.Boundaries]: "webkit" four dashes,
// WebKitFormBoundary and 16 of 64 characters, A and B being twice as likely as others, as all captures show; "firefox" four dashes,
// geckoformboundary and two numbers of 64 bits in hexadecimal without leading zeros; anything else, as curl, 24 dashes and 22
// alphanumerics.
func newBoundary(form string, random io.Reader) (string, error) {
	var b [22]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", err
	}
	switch form {
	case profiles.BoundaryWebKit:
		const set = alphanumerics + "AB"
		for i := range b[:16] {
			b[i] = set[b[i]&63]
		}
		return "----WebKitFormBoundary" + string(b[:16]), nil
	case profiles.BoundaryFirefox:
		hex := func(b []byte) string { return strconv.FormatUint(binary.BigEndian.Uint64(b), 16) }
		return "----geckoformboundary" + hex(b[:8]) + hex(b[8:16]), nil
	}
	for i := range b {
		// 62 does not divide 256: the first eight characters are a little more likely, which is no matter here.
		b[i] = alphanumerics[int(b[i])%len(alphanumerics)]
	}
	return "------------------------" + string(b[:]), nil
}
