package shorthand

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
)

func TestItems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id, name, item string
		want           Items
		why            string
	}{
		{"CLI-03", "cookie", "+a=b=c", Items{Cookies: []Pair{{"a", "b=c"}}}, "the first = ends the name"},
		{"CLI-03", "JSON", "n:=[1, 2]", Items{Data: []Field{{Name: "n", Raw: json.RawMessage("[1, 2]")}}}, "as it is written"},
		{"CLI-03", "query", "page==2", Items{Query: []Pair{{"page", "2"}}}, "two equals signs"},
		{"CLI-03", "query with more", "q===x", Items{Query: []Pair{{"q", "=x"}}}, "the rest is the value"},
		{"CLI-03", "data", "k=v", Items{Data: []Field{{Name: "k", Value: "v"}}}, "text"},
		{"CLI-03", "empty data", "k=", Items{Data: []Field{{Name: "k"}}}, "an empty text"},
		{"CLI-03", "data with colon", "k=a:b", Items{Data: []Field{{Name: "k", Value: "a:b"}}}, "the earliest separator"},
		{"CLI-03", "data with query", "k=a==b", Items{Data: []Field{{Name: "k", Value: "a==b"}}}, "the earliest separator"},
		{"CLI-03", "data with JSON", "k=a:=b", Items{Data: []Field{{Name: "k", Value: "a:=b"}}}, "the earliest separator"},
		{"CLI-03", "field", "Accept: text/plain ", Items{Headers: []Pair{{"Accept", "text/plain"}}}, "without the blanks around"},
		{"CLI-03", "field with =", "Authorization:Bearer a=b", Items{Headers: []Pair{{"Authorization", "Bearer a=b"}}},
			"the reference library takes it for data"},
		{"CLI-03", "field with URL", "Referer:https://a.test/?x=1", Items{Headers: []Pair{{"Referer", "https://a.test/?x=1"}}}, "no data"},
		{"CLI-03", "field with ==", "X:a==b", Items{Headers: []Pair{{"X", "a==b"}}}, "no query"},
		{"CLI-03", "removal", "Accept:", Items{Remove: []string{"Accept"}}, "the reference library does not apply it"},
		{"CLI-03", "file", "@a=b.txt", Items{File: "a=b.txt"}, "not implemented in the reference library"},
	} {
		t.Run(c.id+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseItems([]string{c.item})
			if err != nil || !reflect.DeepEqual(*got, c.want) {
				t.Errorf("%s: got %+v, %v, want %+v", c.why, got, err, c.want)
			}
		})
	}
	for _, c := range []struct {
		id, name string
		items    []string
		why      string
	}{
		{"CLI-03", "no separator", []string{"word"}, "nothing says what it is"},
		{"CLI-03", "empty", []string{""}, "nothing says what it is"},
		{"CLI-03", "no name", []string{"=v"}, "a member without name"},
		{"CLI-03", "field without name", []string{":v"}, "a field without name"},
		{"CLI-03", "query without name", []string{"==v"}, "a pair without name"},
		{"CLI-03", "cookie without value", []string{"+a"}, "no cookie"},
		{"CLI-03", "cookie without name", []string{"+=a"}, "no cookie"},
		{"CLI-03", "broken JSON", []string{"k:={"}, "no JSON"},
		{"CLI-03", "no JSON", []string{"k:="}, "no JSON"},
		{"CLI-03", "no file", []string{"@"}, "no name"},
		{"CLI-03", "two files", []string{"@a", "@b"}, "one body"},
	} {
		t.Run(c.id+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			var wrong *ItemError
			if got, err := ParseItems(c.items); !errors.As(err, &wrong) {
				t.Errorf("%s: got %+v, %v", c.why, got, err)
			}
		})
	}
}

func TestObject(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id, name string
		items    []string
		want     string
		why      string
	}{
		{"CLI-04", "texts", []string{"b=1", "a=<é>"}, `{"b":"1","a":"<é>"}`, "as they were written, in order"},
		{"CLI-04", "JSON", []string{"n:={\"x\": [1, null]}", "t=x"}, `{"n":{"x":[1,null]},"t":"x"}`, "both kinds"},
		{"CLI-04", "JSON wins", []string{"n:=1", "n=2"}, `{"n":1}`, "over a text, whatever the order"},
		{"CLI-04", "JSON wins behind", []string{"n=2", "m=0", "n:=1"}, `{"n":1,"m":"0"}`, "over a text, in its place"},
		{"CLI-04", "last", []string{"n=1", "n=2", "m:=3", "m:=4"}, `{"n":"2","m":4}`, "of one kind"},
		{"CLI-04", "large number", []string{"n:=12345678901234567890"}, `{"n":12345678901234567890}`, "digits stay"},
		{"CLI-04", "not UTF-8", []string{"n=\xff"}, "", "JSON cannot carry it"},
	} {
		t.Run(c.id+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			x, err := ParseItems(c.items)
			if err != nil {
				t.Fatal(err)
			}
			got, err := x.Object()
			if string(got) != c.want || (err != nil) != (c.want == "") {
				t.Errorf("%s: got %s, %v, want %s", c.why, got, err, c.want)
			}
		})
	}
}

func FuzzItems(f *testing.F) {
	for _, s := range []string{"+a=b", "n:=1", "p==2", "k=v", "H:V", "H:", "@f"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		x, err := ParseItems([]string{a, b})
		if err != nil {
			return
		}
		if got, err := x.Object(); err == nil && !json.Valid(got) {
			t.Errorf("%q and %q make %s", a, b, got)
		}
	})
}
