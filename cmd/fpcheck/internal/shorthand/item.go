package shorthand

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Pair is a name and a value, as they were written.
type Pair struct{ Name, Value string }

// Field is a member of the body. Raw is its value as JSON; nil: it is the text Value.
type Field struct {
	Name, Value string
	Raw         json.RawMessage
}

// Items are what the items of a command line say, each kind in the order in which it was written.
type Items struct {
	Cookies, Query, Headers []Pair
	Data                    []Field
	// Remove names fields that are not sent.
	Remove []string
	// File is the file that is the body; empty: none.
	File string
}

// ItemError says which item cannot be read.
type ItemError struct {
	Item string
	Why  string
}

func (e *ItemError) Error() string { return fmt.Sprintf("item %.80q: %s", e.Item, e.Why) }

const grammar = "write Name:value for a field, Name: to remove one, name=value or name:=JSON for the body, name==value for the query, " +
	"+name=value for a cookie, @FILE for a body"

// separators are tried at each place in this order.
var separators = []string{":=", "==", "=", ":"}

// ParseItems reads items:
//
//	+name=value   a cookie
//	name:=JSON    a member of the body, whose value is JSON
//	name==value   a pair of the query
//	name=value    a member of the body, whose value is text
//	@FILE         the file is the body
//	Name:value    a field
//	Name:         removes a field
//
// The separator that comes first counts, so that "Authorization:Bearer a=b" is a field. Errors are of type *[ItemError].
func ParseItems(texts []string) (*Items, error) {
	items := &Items{}
	for _, text := range texts {
		if why := items.add(text); why != "" {
			return nil, &ItemError{text, why}
		}
	}
	return items, nil
}

// add reads one item; why says what is wrong with it.
func (x *Items) add(text string) (why string) {
	if file, ok := strings.CutPrefix(text, "@"); ok {
		switch {
		case file == "":
			return "name a file behind @"
		case x.File != "":
			return "the body is one file, and it is " + x.File + " already"
		}
		x.File = file
		return ""
	}
	if cookie, ok := strings.CutPrefix(text, "+"); ok {
		name, value, ok := strings.Cut(cookie, "=")
		if !ok || name == "" {
			return "a cookie is +name=value"
		}
		x.Cookies = append(x.Cookies, Pair{name, value})
		return ""
	}
	name, separator, value := split(text)
	switch {
	case separator == "":
		return "it has no separator; " + grammar
	case name == "":
		return "it has no name; " + grammar
	}
	switch separator {
	case ":=":
		if !json.Valid([]byte(value)) || !utf8.ValidString(value) {
			return fmt.Sprintf("%.80q is no JSON; write name=value for a text", value)
		}
		x.Data = append(x.Data, Field{Name: name, Raw: json.RawMessage(value)})
	case "==":
		x.Query = append(x.Query, Pair{name, value})
	case "=":
		x.Data = append(x.Data, Field{Name: name, Value: value})
	default:
		if value = strings.Trim(value, " \t"); value == "" {
			x.Remove = append(x.Remove, name)
		} else {
			x.Headers = append(x.Headers, Pair{name, value})
		}
	}
	return ""
}

// split splits an item at the first separator, the longest one of those that begin there.
func split(text string) (name, separator, value string) {
	for i := range len(text) {
		for _, s := range separators {
			if strings.HasPrefix(text[i:], s) {
				return text[:i], s, text[i+len(s):]
			}
		}
	}
	return text, "", ""
}

// Object returns the members of the body as one JSON object, in the order in which their names came first. Of several of one
// name a value that was written as JSON wins over texts, else the last one counts.
func (x *Items) Object() (json.RawMessage, error) {
	var fields []Field
	at := map[string]int{}
	for _, f := range x.Data {
		i, ok := at[f.Name]
		switch {
		case !ok:
			at[f.Name] = len(fields)
			fields = append(fields, f)
		case f.Raw != nil || fields[i].Raw == nil:
			fields[i] = f
		}
	}
	var b bytes.Buffer
	b.WriteByte('{')
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for i, f := range fields {
		if !utf8.ValidString(f.Name) || !utf8.ValidString(f.Value) {
			return nil, &ItemError{f.Name + "=" + f.Value, "JSON has no bytes that are not UTF-8; send it as a form, or a file as the body"}
		}
		if i > 0 {
			b.WriteByte(',')
		}
		if err := enc.Encode(f.Name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		var value any = f.Value
		if f.Raw != nil {
			value = f.Raw
		}
		if err := enc.Encode(value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	var out bytes.Buffer
	err := json.Compact(&out, b.Bytes()) // Encode ends with line breaks
	return out.Bytes(), err
}
