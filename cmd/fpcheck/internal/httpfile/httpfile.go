// Package httpfile reads .http files: requests as text, as the REST clients of editors have them.
package httpfile

import (
	"fmt"
	"strings"
)

// Request is one request of a file.
type Request struct {
	// Name is what stands behind the ### in front of it, Line the number of its request line.
	Name string
	Line int
	// Method is GET unless the request line has another one. URL is as it was written.
	Method, URL string
	// Proto is "HTTP/1.1", "HTTP/2" or what else stands at the end of the request line; "" for nothing.
	Proto  string
	Fields []Field
	// Body are the parts of the body, in order; nil: there is none.
	Body []Part
}

// Field is a header field. Blanks around its value are dropped.
type Field struct{ Name, Value string }

// Part is a piece of a body: Text, or the content of the file of that name.
type Part struct{ Text, File string }

// Error says what is wrong in a file.
type Error struct {
	// Line counts from 1.
	Line int
	// Why says what is wrong and what to write.
	Why string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Why) }

// Parse reads the requests of a file:
//
//	### name
//	# a comment, or // a comment
//	POST https://example.org/ HTTP/1.1
//	Content-Type: application/json
//
//	{"everything": "up to the next ###"}
//	< file.json
//	> what an editor does with the response
//
// Lines that begin with ### separate requests. Comments stand in front of the empty line that ends the fields; what is behind it
// is the body as it is written, but for empty lines at its end, lines "< FILE", which stand for the content of a file, and a
// line that begins with "> " or "<> ", which ends it. A body of comments alone is none, unless a Content-Type says otherwise.
// Variables and queries over several lines are errors, of type *[Error] like all of them. A block without request is passed over.
func Parse(text string) ([]Request, error) {
	var (
		out   []Request
		block = block{first: 1}
	)
	text = strings.TrimPrefix(text, "\ufeff")
	n := 0
	for line := range strings.Lines(text) {
		n++
		if !strings.HasPrefix(line, "###") {
			block.lines = append(block.lines, line)
			continue
		}
		if err := block.parse(&out); err != nil {
			return nil, err
		}
		block.name, block.first, block.lines = strings.TrimSpace(strings.TrimLeft(line, "#")), n+1, nil
	}
	if err := block.parse(&out); err != nil {
		return nil, err
	}
	return out, nil
}

// block is what stands between two separators.
type block struct {
	name  string
	first int // the number of the first line
	lines []string
}

// parse appends the request of the block, if there is one.
func (b *block) parse(out *[]Request) error {
	r := Request{Name: b.name}
	for i, line := range b.lines {
		text, n := strings.TrimSpace(line), b.first+i
		switch {
		case isComment(text):
		case text == "" && r.URL == "":
		case text == "":
			r.Body = body(&r, b.lines[i+1:])
			*out = append(*out, r)
			return nil
		case ends(line) && r.URL == "":
			return &Error{n, "there is no request above it"}
		case ends(line):
			*out = append(*out, r)
			return nil
		case r.URL == "":
			if why := r.requestLine(text); why != "" {
				return &Error{n, why}
			}
			r.Line = n
		default:
			if why := r.field(text); why != "" {
				return &Error{n, why}
			}
		}
	}
	if r.URL != "" {
		*out = append(*out, r)
	}
	return nil
}

func isComment(text string) bool {
	return strings.HasPrefix(text, "#") || strings.HasPrefix(text, "//")
}

// ends tells whether a line is about the response: an editor's script, or a file that it is compared with.
func ends(line string) bool {
	line = strings.TrimRight(line, "\r\n")
	for _, mark := range [...]string{">", "<>", ">>", ">>!"} {
		if line == mark || strings.HasPrefix(line, mark+" ") {
			return true
		}
	}
	return false
}

const noVariables = "variables are not supported; write the value in their place"

// requestLine reads "[METHOD] URL [HTTP/x]".
func (r *Request) requestLine(text string) (why string) {
	if strings.Contains(text, "{{") {
		return noVariables
	}
	words := strings.Fields(text)
	if words[0][0] == '@' {
		return noVariables
	}
	r.Method = "GET"
	if last := words[len(words)-1]; len(words) > 1 && strings.HasPrefix(strings.ToUpper(last), "HTTP/") {
		r.Proto = strings.ToUpper(last)
		words = words[:len(words)-1]
	}
	switch {
	case len(words) == 1 && isMethod(words[0]):
		return words[0] + " has no URL; write METHOD URL"
	case len(words) == 1:
		r.URL = words[0]
	case len(words) == 2 && isMethod(words[0]):
		r.Method, r.URL = words[0], words[1]
	case len(words) == 2:
		return fmt.Sprintf("%.20q is no method; write METHOD URL, in capital letters", words[0])
	default:
		return "more than METHOD URL HTTP/x; a blank within a URL is %20"
	}
	return ""
}

// isMethod tells whether a word is a method rather than a URL: capital letters, perhaps with dashes.
func isMethod(word string) bool {
	for i := range len(word) {
		if c := word[i]; (c < 'A' || c > 'Z') && c != '-' && c != '_' {
			return false
		}
	}
	return word != ""
}

// field reads "Name: value".
func (r *Request) field(text string) (why string) {
	if strings.Contains(text, "{{") {
		return noVariables
	}
	if text[0] == '?' || text[0] == '&' {
		return "a query over several lines is not supported; write the URL on one line"
	}
	name, value, ok := strings.Cut(text, ":")
	if name = strings.TrimSpace(name); !ok || name == "" {
		return fmt.Sprintf("%.40q is no field; write Name: value, and an empty line in front of the body", text)
	}
	r.Fields = append(r.Fields, Field{name, strings.TrimSpace(value)})
	return ""
}

func (r *Request) has(name string) bool {
	for _, f := range r.Fields {
		if strings.EqualFold(f.Name, name) {
			return true
		}
	}
	return false
}

// body returns the parts of a body.
func body(r *Request, lines []string) (parts []Part) {
	for i, line := range lines {
		if ends(line) {
			lines = lines[:i]
			break
		}
	}
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	comments := !r.has("Content-Type")
	for _, line := range lines {
		text := strings.TrimSpace(line)
		comments = comments && (text == "" || isComment(text))
	}
	if comments {
		return nil
	}
	for i, line := range lines {
		if i == len(lines)-1 {
			line = strings.TrimRight(line, "\r\n")
		}
		if file, ok := strings.CutPrefix(line, "< "); ok && strings.TrimSpace(file) != "" {
			parts = append(parts, Part{File: strings.TrimSpace(file)})
			if ending := line[len(strings.TrimRight(line, "\r\n")):]; ending != "" {
				parts = append(parts, Part{Text: ending})
			}
			continue
		}
		if n := len(parts); n > 0 && parts[n-1].File == "" {
			parts[n-1].Text += line
		} else {
			parts = append(parts, Part{Text: line})
		}
	}
	return parts
}
