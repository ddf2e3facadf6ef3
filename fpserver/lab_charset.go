package fpserver

import (
	"bytes"
	"errors"
	"net/http"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// samples are lines of text; /charset sends those that the character set can express.
var samples = []string{
	"plain ASCII",
	"Zw\u00f6lf Boxk\u00e4mpfer jagen Viktor quer \u00fcber den Sylter Deich",
	"Za\u017c\u00f3\u0142\u0107 g\u0119\u015bl\u0105 ja\u017a\u0144",
	"\u0421\u044a\u0435\u0448\u044c \u0436\u0435 \u0435\u0449\u0451 \u044d\u0442\u0438\u0445 \u043c\u044f\u0433\u043a\u0438\u0445 \u0431\u0443\u043b\u043e\u043a",
	"\u039e\u03b5\u03c3\u03ba\u03b5\u03c0\u03ac\u03b6\u03c9 \u03c4\u03b7\u03bd \u03c8\u03c5\u03c7\u03bf\u03c6\u03b8\u03cc\u03c1\u03b1",
	"\u05d3\u05d2 \u05e1\u05e7\u05e8\u05df \u05e9\u05d8 \u05d1\u05d9\u05dd",
	"\u0646\u0635 \u062d\u0643\u064a\u0645",
	"\u0e40\u0e1b\u0e47\u0e19\u0e21\u0e19\u0e38\u0e29\u0e22\u0e4c",
	"\u3044\u308d\u306f\u306b\u307b\u3078\u3068 \u65e5\u672c\u8a9e",
	"\u4e2d\u6587\u7f51\u9875",
	"\u4e2d\u6587\u7db2\u9801",
	"\ud55c\uad6d\uc5b4",
	"\u20ac \U0001f600",
}

// text forms of the answer of /charset.
const (
	asText = "text"
	asJSON = "json"
)

// charset sends text in a character set.
func (s *Server) charset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	q := readQuery(r)
	as := q.word("as", asText, asJSON)
	bom := q.flag("bom", false)
	contentType := map[string]string{asText: "text/plain", asJSON: "application/json"}[as]
	if label := q.value(r, "label", name); label != "" {
		contentType += "; charset=" + label
	}
	contentType = q.value(r, "type", contentType)
	e, err := charsetNamed(name)
	if err != nil {
		q.fail("%w", err)
	}
	if !q.done(w) {
		return
	}
	if _, err := s.drain(w, r, nil); err != nil {
		return
	}
	body := encodeSamples(e, as)
	if bom {
		body = append(encodeText(e, "\ufeff"), body...)
	}
	if len(contentType) > 0 {
		w.Header().Set("Content-Type", contentType)
	} else {
		w.Header()["Content-Type"] = nil // or net/http would guess
	}
	setLength(w.Header(), int64(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}

// charsetNamed finds a character set by a label of the WHATWG Encoding standard. UTF-32, which that has not, is for
// readers of JSON.
func charsetNamed(label string) (encoding.Encoding, error) {
	switch strings.ToLower(label) {
	case "utf-16be": // the index has decoders that look for a byte order mark, and one says nothing of the other order
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), nil
	case "utf-16", "utf-16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), nil
	case "utf-32", "utf-32le":
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), nil
	case "utf-32be":
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), nil
	}
	e, err := htmlindex.Get(label)
	if err != nil {
		return nil, errors.New("no such character set")
	}
	if encodeText(e, samples[0]) == nil {
		return nil, errors.New("nothing can be written in that character set")
	}
	return e, nil
}

// encodeText returns nil when the character set cannot express the text.
func encodeText(e encoding.Encoding, text string) []byte {
	b, err := e.NewEncoder().Bytes([]byte(text))
	if err != nil {
		return nil
	}
	back, err := e.NewDecoder().Bytes(b)
	if err != nil || string(back) != text {
		return nil
	}
	return b
}

func encodeSamples(e encoding.Encoding, as string) []byte {
	var lines []string
	for _, line := range samples {
		if encodeText(e, line) != nil {
			lines = append(lines, line)
		}
	}
	text := strings.Join(lines, "\n") + "\n"
	if as == asJSON {
		text = `{"text": "` + strings.ReplaceAll(text, "\n", `\n`) + `"}`
	}
	return bytes.Clone(encodeText(e, text))
}
