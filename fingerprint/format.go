package fingerprint

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// lineWidth is the longest line, in characters, that [FormatJSON] fills with an array or object.
const lineWidth = 110

// FormatJSON returns v in the one JSON text form that profiles, goldens and reports have, so that two versions of a
// file differ only where their values do. It is what encoding/json writes, with these choices: HTML characters are not
// escaped; an array or object stands on one line, with ", " and ": " between its parts, if that line with its indent,
// its key and a comma is at most 110 characters long; otherwise each member has its own line, indented by one more
// space. The text ends with a newline. Errors are those of encoding/json.
func FormatJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	f := formatter{in: b.Bytes(), out: make([]byte, 0, b.Len()*5/4)}
	f.value(0, 0)
	return append(f.out, '\n'), nil
}

// formatter lays out valid JSON without white space, as encoding/json writes it.
type formatter struct {
	in, out []byte
}

// value writes the next value, which begins at that column of a line with that indent.
func (f *formatter) value(indent, column int) {
	if c := f.in[0]; c != '{' && c != '[' {
		n := scalarLength(f.in)
		f.out, f.in = append(f.out, f.in[:n]...), f.in[n:]
		return
	}
	if out, rest, ok := oneLine(f.out, f.in, lineWidth-1-column); ok {
		f.out, f.in = out, rest
		return
	}
	open := f.in[0]
	for f.in[0] == open || f.in[0] == ',' {
		f.out = append(f.out, f.in[0])
		f.in = f.in[1:]
		f.newline(indent + 1)
		column := indent + 1
		if open == '{' {
			n := scalarLength(f.in)
			f.out = append(append(f.out, f.in[:n]...), ": "...)
			column += utf8.RuneCount(f.in[:n]) + 2
			f.in = f.in[n+1:]
		}
		f.value(indent+1, column)
		if f.in[0] != ',' {
			break
		}
	}
	f.newline(indent)
	f.out, f.in = append(f.out, f.in[0]), f.in[1:]
}

func (f *formatter) newline(indent int) {
	f.out = append(f.out, '\n')
	for range indent {
		f.out = append(f.out, ' ')
	}
}

// oneLine appends the array or object at the front of in to out as one line; not ok when that takes more than width
// characters, in which case it stops there.
func oneLine(out, in []byte, width int) (_, rest []byte, ok bool) {
	depth := 0
	for width > 0 {
		n, sep := 1, ""
		switch in[0] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',', ':':
			sep = " "
		default:
			n = scalarLength(in)
		}
		width -= utf8.RuneCount(in[:n]) + len(sep)
		out = append(append(out, in[:n]...), sep...)
		in = in[n:]
		if depth == 0 {
			return out, in, width >= 0
		}
	}
	return nil, nil, false
}

// scalarLength is the length of the string, number or literal at the front of b, which is valid JSON.
func scalarLength(b []byte) int {
	if b[0] != '"' {
		if i := bytes.IndexAny(b, ",:]} \t\r\n"); i >= 0 {
			return i
		}
		return len(b)
	}
	for i := 1; ; i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}
