package client

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

var (
	bom8    = []byte{0xef, 0xbb, 0xbf}
	bom16be = []byte{0xfe, 0xff}
	bom16le = []byte{0xff, 0xfe}
	bom32be = []byte{0, 0, 0xfe, 0xff}
	bom32le = []byte{0xff, 0xfe, 0, 0}
)

// decodeText decodes data; a byte order mark overrules the label (WHATWG Encoding §6). That of UTF-32 counts for such a label
// only: it begins like that of UTF-16.
func decodeText(data []byte, label string) (string, error) {
	switch {
	case bytes.HasPrefix(data, bom8):
		data, label = data[3:], ""
	case bytes.HasPrefix(data, bom16be):
		data, label = data[2:], "utf-16be"
	case strings.HasPrefix(label, "utf-32") && bytes.HasPrefix(data, bom32be):
		data, label = data[4:], "utf-32be"
	case strings.HasPrefix(label, "utf-32") && bytes.HasPrefix(data, bom32le):
		data, label = data[4:], "utf-32le"
	case bytes.HasPrefix(data, bom16le):
		data, label = data[2:], "utf-16le"
	}
	return decodeLabel(data, label)
}

// decodeLabel decodes data that has no byte order mark.
func decodeLabel(data []byte, label string) (string, error) {
	if label == "" || label == "utf-8" || label == "utf8" || label == "us-ascii" {
		if utf8.Valid(data) {
			return string(data), nil
		}
		out, err := unicode.UTF8.NewDecoder().Bytes(data)
		return string(out), err
	}
	switch label { // which the standard does not have
	case "utf-32", "utf-32le":
		out, err := utf32(data, binary.LittleEndian)
		return string(out), err
	case "utf-32be":
		out, err := utf32(data, binary.BigEndian)
		return string(out), err
	}
	enc, err := htmlindex.Get(label)
	if err != nil {
		return "", invalid(ErrUnknownCharset, "%.40q", label)
	}
	out, err := enc.NewDecoder().Bytes(data)
	return string(out), err
}

// jsonUTF8 returns data as UTF-8 without byte order mark. In a JSON text the first two characters are ASCII, so that the
// zero bytes among the first four tell the Unicode encoding form (RFC 4627 §3). A label that nobody knows is passed over: JSON is
// UTF-8 whatever its type says (RFC 8259 §11).
func jsonUTF8(data []byte, label string) ([]byte, error) {
	if label != "" && !strings.HasPrefix(label, "utf") {
		if s, err := decodeText(data, label); !errors.Is(err, ErrUnknownCharset) {
			return []byte(s), err
		}
	}
	zero := func(i int) bool { return i < len(data) && data[i] == 0 }
	switch {
	case bytes.HasPrefix(data, bom8):
		return data[3:], nil
	case bytes.HasPrefix(data, bom32be):
		return utf32(data[4:], binary.BigEndian)
	case bytes.HasPrefix(data, bom32le):
		return utf32(data[4:], binary.LittleEndian)
	case bytes.HasPrefix(data, bom16be):
		return utf16to8(data[2:], binary.BigEndian), nil
	case bytes.HasPrefix(data, bom16le):
		return utf16to8(data[2:], binary.LittleEndian), nil
	case zero(0) && zero(1) && zero(2):
		return utf32(data, binary.BigEndian)
	case zero(1) && zero(2) && zero(3):
		return utf32(data, binary.LittleEndian)
	case zero(0):
		return utf16to8(data, binary.BigEndian), nil
	case zero(1):
		return utf16to8(data, binary.LittleEndian), nil
	}
	return data, nil
}

func utf16to8(data []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	out := make([]byte, 0, len(data))
	for _, r := range utf16.Decode(units) {
		out = utf8.AppendRune(out, r)
	}
	return out
}

func utf32(data []byte, order binary.ByteOrder) ([]byte, error) {
	if len(data)%4 != 0 {
		return nil, invalid(ErrDecode, "UTF-32 text of %d bytes", len(data))
	}
	out := make([]byte, 0, len(data)/4)
	for ; len(data) > 0; data = data[4:] {
		out = utf8.AppendRune(out, rune(order.Uint32(data)))
	}
	return out, nil
}
