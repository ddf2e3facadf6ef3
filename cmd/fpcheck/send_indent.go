package main

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// indentJSON indents a JSON text by two blanks and writes the characters themselves where they stand as \uXXXX. Order, numbers and
// repeated keys stay as they are; what is no JSON, too.
func indentJSON(b []byte) []byte {
	var out bytes.Buffer
	if err := json.Indent(&out, bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), "", "  "); err != nil {
		return b
	}
	text := bytes.TrimRight(out.Bytes(), " \t\r\n")
	return append(unescape(text), '\n')
}

// unescape replaces \uXXXX by the character if that can be printed. Such sequences are only in strings.
func unescape(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		if b[i] != '\\' {
			out = append(out, b[i])
			i++
			continue
		}
		r, n := escape(b[i:])
		if n == 0 || r == '"' || r == '\\' || !unicode.IsPrint(r) {
			n = max(n, 2)
			out = append(out, b[i:i+n]...)
		} else {
			out = utf8.AppendRune(out, r)
		}
		i += n
	}
	return out
}

// escape reads \uXXXX, or two of them for one character, and returns how long that is; 0 for anything else.
func escape(b []byte) (rune, int) {
	r, ok := unit(b)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	low, _ := unit(b[6:])
	if r = utf16.DecodeRune(r, low); r == unicode.ReplacementChar {
		return 0, 6
	}
	return r, 12
}

// unit reads one \uXXXX.
func unit(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(n), err == nil
}
