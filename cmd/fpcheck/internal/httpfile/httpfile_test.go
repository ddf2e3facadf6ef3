package httpfile

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	text := func(s string) []Part { return []Part{{Text: s}} }
	for _, c := range []struct {
		id, name, in string
		want         []Request
		why          string
	}{
		{"CLI-11", "URL", "https://a.test/\n", []Request{{Line: 1, Method: "GET", URL: "https://a.test/"}}, "the method is GET"},
		{"CLI-11", "method", "POST :80/x", []Request{{Line: 1, Method: "POST", URL: ":80/x"}}, "no line break at the end"},
		{"CLI-11", "version", "GET a.test http/1.1\n", []Request{{Line: 1, Method: "GET", URL: "a.test", Proto: "HTTP/1.1"}}, "in capital letters"},
		{"CLI-11", "version without method", "a.test HTTP/2\n", []Request{{Line: 1, Method: "GET", URL: "a.test", Proto: "HTTP/2"}}, "no method"},
		{"CLI-11", "blocks", "### one\nGET a\n###\n\n### two words\n\nPUT b\n",
			[]Request{{Name: "one", Line: 2, Method: "GET", URL: "a"}, {Name: "two words", Line: 7, Method: "PUT", URL: "b"}}, "an empty block is passed over"},
		{"CLI-11", "fields", "GET a\nA: b:c\nB:\n  C : d \n",
			[]Request{{Line: 1, Method: "GET", URL: "a", Fields: []Field{{"A", "b:c"}, {"B", ""}, {"C", "d"}}}}, "without the blanks around"},
		{"CLI-11", "comments", "# one\n// two\nGET a\n# three\nA: b\n// four\nB: c\n",
			[]Request{{Line: 3, Method: "GET", URL: "a", Fields: []Field{{"A", "b"}, {"B", "c"}}}}, "in the head"},
		{"CLI-11", "body", "POST a\n\n{\n}\n\n\n###\n", []Request{{Line: 1, Method: "POST", URL: "a", Body: text("{\n}")}}, "without the empty lines at its end"},
		{"CLI-11", "comments in a body", "POST a\n\n[\n// no\n# comment\n\"https://b.test\"]\n",
			[]Request{{Line: 1, Method: "POST", URL: "a", Body: text("[\n// no\n# comment\n\"https://b.test\"]")}}, "the reference library drops them"},
		{"CLI-11", "empty line in a body", "POST a\n\nx\n\ny", []Request{{Line: 1, Method: "POST", URL: "a", Body: text("x\n\ny")}}, "the body goes on"},
		{"CLI-11", "comments for a body", "GET a\n\n# the next one\n\n###\nGET b",
			[]Request{{Line: 1, Method: "GET", URL: "a"}, {Line: 6, Method: "GET", URL: "b"}}, "they are about the next request"},
		{"CLI-11", "Markdown", "POST a\nContent-Type: text/markdown\n\n# Title\n",
			[]Request{{Line: 1, Method: "POST", URL: "a", Fields: []Field{{"Content-Type", "text/markdown"}}, Body: text("# Title")}}, "the type says that it is a body"},
		{"CLI-11", "script", "POST a\n\nx\n\n> {%\n y\n%}\n### \nGET b\n",
			[]Request{{Line: 1, Method: "POST", URL: "a", Body: text("x")}, {Line: 9, Method: "GET", URL: "b"}}, "of an editor"},
		{"CLI-11", "script without body", "GET a\n> {% y %}\n", []Request{{Line: 1, Method: "GET", URL: "a"}}, "of an editor"},
		{"CLI-11", "comparison", "GET a\n\n<> b.json\n", []Request{{Line: 1, Method: "GET", URL: "a"}}, "of an editor"},
		{"CLI-11", "saving", "GET a\n\n>>! b.json\n", []Request{{Line: 1, Method: "GET", URL: "a"}}, "of an editor"},
		{"CLI-11", "file", "POST a\n\n< ./b c.json\n", []Request{{Line: 1, Method: "POST", URL: "a", Body: []Part{{File: "./b c.json"}}}}, "the body is a file"},
		{"CLI-11", "file within", "POST a\n\nx\n< b\ny\n",
			[]Request{{Line: 1, Method: "POST", URL: "a", Body: []Part{{Text: "x\n"}, {File: "b"}, {Text: "\ny"}}}}, "text around it"},
		{"CLI-11", "XML", "POST a\n\n<a> b </a>\n", []Request{{Line: 1, Method: "POST", URL: "a", Body: text("<a> b </a>")}}, "no file"},
		{"CLI-11", "CRLF", "\ufeffPOST a\r\nA: b\r\n\r\nx\r\ny\r\n\r\n",
			[]Request{{Line: 1, Method: "POST", URL: "a", Fields: []Field{{"A", "b"}}, Body: text("x\r\ny")}}, "and a byte order mark; a body keeps its line breaks"},
		{"CLI-11", "braces in a body", "POST a\n\n{{x}}\n", []Request{{Line: 1, Method: "POST", URL: "a", Body: text("{{x}}")}}, "may mean anything"},
		{"CLI-11", "nothing", "# nothing\n\n###\n", nil, "no request"},
	} {
		t.Run(c.id+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			got, err := Parse(c.in)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s: got\n%+v, %v, want\n%+v", c.why, got, err, c.want)
			}
		})
	}
	for _, c := range []struct {
		id, name, in string
		line         int
		want         string
	}{
		{"CLI-11", "query over lines", "GET a\n  ?b=c\n", 2, "one line"},
		{"CLI-11", "variable in the URL", "\nGET {{host}}/a\n", 2, "variables"},
		{"CLI-11", "variable in a field", "GET a\nA: {{b}}\n", 2, "variables"},
		{"CLI-11", "variable that is set", "@a = b\nGET a\n", 1, "variables"},
		{"CLI-11", "no field", "GET a\n\n###\nGET b\nfield\n", 5, "empty line"},
		{"CLI-11", "no name", "GET a\n: b\n", 2, "no field"},
		{"CLI-11", "no URL", "GET\n", 1, "no URL"},
		{"CLI-11", "no method", "get a\n", 1, "capital letters"},
		{"CLI-11", "blank in the URL", "GET a b HTTP/1.1\n", 1, "%20"},
		{"CLI-11", "script alone", "> {% %}\n", 1, "no request above"},
	} {
		t.Run(c.id+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			got, err := Parse(c.in)
			var wrong *Error
			if !errors.As(err, &wrong) || wrong.Line != c.line || !strings.Contains(wrong.Why, c.want) {
				t.Errorf("got %+v, %v, want line %d: %s", got, err, c.line, c.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("### x\nPOST a HTTP/2\nA: b\n# c\n\nx\n< y\n> z\n###\nGET b")
	f.Add("\ufeffGET a\r\n\r\n\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		requests, err := Parse(text)
		if err != nil {
			if requests != nil {
				t.Error("requests beside an error")
			}
			return
		}
		line := 0
		for _, r := range requests {
			if r.URL == "" || !isMethod(r.Method) || r.Line <= line {
				t.Errorf("%+v", r)
			}
			line = r.Line
			for _, p := range r.Body {
				if (p.Text == "") == (p.File == "") || !strings.Contains(text, p.Text) || !strings.Contains(text, p.File) {
					t.Errorf("part %+v of %q", p, text)
				}
			}
		}
	})
}
