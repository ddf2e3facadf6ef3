package client

import (
	"fmt"
	"strings"
)

// TextOptions says how [Response.TextAs] decodes, and with [Options.Text] and [Call.Text] how [Response.Text] does. The zero value
// decodes by byte order mark, else by Content-Type, else as UTF-8.
type TextOptions struct {
	// Charset is the charset, whatever the server says and whatever byte order mark of another there is. Empty: that of a byte
	// order mark, else of the Content-Type.
	Charset string
	// Default is the charset when there is none of these. Detect gives it in place of Default, by the body: "" for Default. Both
	// empty: UTF-8.
	Default string
	Detect  func(body []byte) string
}

// validate refuses labels that no text can be decoded by.
func (o *TextOptions) validate() error {
	for _, label := range []string{o.Charset, o.Default} {
		if _, err := decodeLabel(nil, strings.ToLower(trim(label))); err != nil {
			return &fault{ErrInvalidRequest, fmt.Errorf("Text: %w", err)}
		}
	}
	return nil
}

// Charset returns the charset of the Content-Type, in lower case, read as browsers do: what is malformed is passed over, and of
// several types the last one counts (Fetch, "extract a MIME type"). It is "" without one.
func (r *Response) Charset() string { return charsetOf(r.Header.Get("Content-Type")) }

// TextAs reads the body like [Response.Text], which nil options stand for, and may be called as often as one likes, with any options.
// Labels are those of the
// WHATWG Encoding standard, in any case, and utf-32, utf-32le and utf-32be; another one is an ErrUnknownCharset.
func (r *Response) TextAs(o *TextOptions) (string, error) {
	if o == nil {
		o = &r.text
	}
	data, err := r.Bytes()
	if err != nil {
		return "", err
	}
	label := strings.ToLower(trim(o.Charset))
	var s string
	if label != "" {
		s, err = decodeLabel(withoutMark(data, label), label)
	} else {
		if label = r.Charset(); label == "" && o.Detect != nil {
			label = o.Detect(data)
		}
		if label == "" {
			label = o.Default
		}
		s, err = decodeText(data, strings.ToLower(trim(label)))
	}
	if err != nil {
		return "", r.decodeError("text", err)
	}
	return s, nil
}

// withoutMark drops the byte order mark of the charset.
func withoutMark(data []byte, label string) []byte {
	marks := []struct {
		label string
		mark  []byte
	}{
		{"utf-8", bom8}, {"utf8", bom8}, {"utf-16", bom16le}, {"utf-16le", bom16le}, {"utf-16be", bom16be},
		{"utf-32", bom32le}, {"utf-32le", bom32le}, {"utf-32be", bom32be},
	}
	for _, m := range marks {
		if m.label == label && len(data) >= len(m.mark) && string(data[:len(m.mark)]) == string(m.mark) {
			return data[len(m.mark):]
		}
	}
	return data
}
