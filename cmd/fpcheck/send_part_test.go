package main

import (
	"testing"

	"github.com/wirelike/wirelike/client"
)

// TestParsePart: the first rows are what curl 7.88.1 sends, the last ones where it is another thing.
func TestParsePart(t *testing.T) {
	t.Parallel()
	type part = client.FormPart
	text := func(data, filename, typ string) part {
		return part{Name: "a", Data: []byte(data), Filename: filename, ContentType: typ}
	}
	file := func(path, filename, typ string) part {
		return part{Name: "a", Path: path, Filename: filename, ContentType: typ}
	}
	for _, c := range []struct {
		id, name, in string
		want         part
		ok           bool
		why          string
	}{
		{"CLI-04", "text", "a=b=c", text("b=c", "", ""), true, "the first equals sign counts"},
		{"CLI-04", "empty", "a=", text("", "", ""), true, "an empty field"},
		{"CLI-04", "type of a text", "a=hi;type=text/plain;charset=utf-8", text("hi", "", "text/plain;charset=utf-8"), true, "an option is no content"},
		{"CLI-04", "type of a file", "a=@note.txt;type=text/plain;charset=utf-8", file("note.txt", "", "text/plain;charset=utf-8"), true, "with a parameter"},
		{"CLI-04", "blanks", "a=@f; type=text/plain; charset=utf-8 ; filename=z", file("f", "z", "text/plain; charset=utf-8"), true, "around options"},
		{"CLI-04", "quotes", `a=x;filename="p;q\"";TYPE=a/b`, text("x", `p;q"`, "a/b"), true, "a semicolon in a name, an option in capitals"},
		{"CLI-04", "value with semicolon", "a=x;y;type=a/b", text("x;y", "", "a/b"), true, "curl loses it"},
		{"CLI-04", "word like an option", "a=x;types=1", text("x;types=1", "", ""), true, "no option"},
		{"CLI-04", "headers", "a=x;headers=A: b", part{}, false, "not supported, and not sent as content"},
		{"CLI-04", "encoder", "a=x;encoder=base64", part{}, false, "not supported, and not sent as content"},
		{"CLI-04", "twice", "a=x;type=a/b;type=c/d", part{}, false, "one would be ignored"},
		{"CLI-04", "empty option", "a=x;type=", part{}, false, "it says nothing"},
		{"CLI-04", "open quote", `a=x;filename="p`, part{}, false, "not closed"},
		{"CLI-04", "behind quotes", `a=x;filename="p"q`, part{}, false, "it would be ignored"},
		{"CLI-04", "no file", "a=@;type=a/b", part{}, false, "no name"},
		{"CLI-04", "no name", "=x", part{}, false, "no name"},
	} {
		t.Run(c.id+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			got, err := parsePart(c.in)
			if (err == nil) != c.ok || got.Name != c.want.Name || got.Path != c.want.Path || string(got.Data) != string(c.want.Data) ||
				got.Filename != c.want.Filename || got.ContentType != c.want.ContentType {
				t.Errorf("%s: got %q %q %q %q, %v", c.why, got.Path, got.Data, got.Filename, got.ContentType, err)
			}
		})
	}
}
