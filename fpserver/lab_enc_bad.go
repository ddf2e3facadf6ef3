package fpserver

import (
	"net/http"
	"strings"
)

// The ways in which /enc/bad is wrong.
const (
	badTruncated = "truncated" // the second half of the coded bytes is missing
	badCorrupt   = "corrupt"   // it is 0xff
	badChecksum  = "checksum"  // the first byte of the checksum is another one
	badTrailing  = "trailing"  // bytes follow that belong to nothing
	badPlain     = "plain"     // the content is not coded at all
	badUnknown   = "unknown"   // the coding that is named does not exist
	badEmpty     = "empty"     // there is no body
)

// encBad sends a body that does not fit its Content-Encoding.
func (s *Server) encBad(w http.ResponseWriter, r *http.Request) {
	q := readQuery(r)
	c, _ := codingNamed(q.word("of", codingNames...))
	how := q.word("how", badTruncated, badCorrupt, badChecksum, badTrailing, badPlain, badUnknown, badEmpty)
	n := q.number("n", 1000, 0, maxLabBody)
	framing := q.word("framing", "length", "chunked")
	if how == badChecksum && c.check == 0 {
		q.fail("%s has no checksum", c.name)
	}
	if !q.done(w) {
		return
	}
	token := c.token
	if how == badUnknown {
		token = "x-unknown"
	}
	s.sendEncoded(w, r, token, framing, func() ([]byte, error) { return c.spoiled(how, patternOf(n)) })
}

// spoiled returns a content in that coding, with the fault.
func (c coding) spoiled(how string, content []byte) ([]byte, error) {
	switch how {
	case badPlain:
		return content, nil
	case badEmpty:
		return nil, nil
	}
	b, err := c.encode(content)
	if err != nil {
		return nil, err
	}
	switch how {
	case badTruncated:
		b = b[:len(b)/2]
	case badCorrupt:
		for i := len(b) / 2; i < len(b); i++ {
			b[i] = 0xff
		}
	case badChecksum:
		b[len(b)-c.check] ^= 1
	case badTrailing:
		b = append(b, strings.Repeat("trailing", 4)...)
	}
	return b, nil
}
