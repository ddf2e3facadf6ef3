package har

import (
	"errors"
	"reflect"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	const whole = `{"log":{"version":"1.2","creator":{"name":"x"},"entries":[{"time":1,"request":{"method":"POST","url":"https://a.test/","httpVersion":"h2",
		"headers":[{"name":":method","value":"POST"},{"name":"Content-Length","value":"3"},{"name":"HOST","value":"a.test"},
		{"name":"transfer-encoding","value":"chunked"},{"name":"Connection","value":"close"},{"name":"X-A","value":"1"},{"name":"X-A","value":"2"}],
		"postData":{"mimeType":"text/plain","text":"a=b"},"cookies":[]},"response":{}},{"cache":{}}]}}`
	entries, err := Parse([]byte(whole))
	if err != nil || len(entries) != 2 || entries[1].Request != nil {
		t.Fatalf("got %+v, %v, want two entries, of which one has no request", entries, err)
	}
	r := entries[0].Request
	if body, ok, err := r.Body(); body != "a=b" || !ok || err != nil || r.Method != "POST" || r.URL != "https://a.test/" || r.Protocol() != "h2" {
		t.Errorf("got %+v with body %q, %v, %v", r, body, ok, err)
	}
	if got, want := r.Fields(), []Pair{{"X-A", "1"}, {"X-A", "2"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got the fields %q, want %q: the others are the connection's", got, want)
	}
	for _, c := range []struct {
		name, in string
		want     error
	}{
		{"no JSON", "<har>", nil},
		{"another JSON", "{}", ErrNoArchive},
		{"null", "null", ErrNoArchive},
		{"no entries", `{"log":{}}`, ErrNoEntries},
		{"empty", `{"log":{"entries":[]}}`, ErrNoEntries},
		{"another type", `{"log":{"entries":{}}}`, nil},
		{"cut off", whole[:len(whole)-1], nil},
	} {
		if got, err := Parse([]byte(c.in)); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: got %+v, %v, want %v", c.name, got, err, c.want)
		}
	}
}

func TestBody(t *testing.T) {
	t.Parallel()
	empty := ""
	for _, c := range []struct {
		name string
		in   *PostData
		want string
		ok   bool
		err  error
		why  string
	}{
		{"none", nil, "", false, nil, "no postData"},
		{"nothing", &PostData{}, "", false, nil, "some exporters write it for each request"},
		{"empty", &PostData{Text: &empty}, "", true, nil, "an empty body is one"},
		{"form", &PostData{MimeType: "application/x-www-form-urlencoded; charset=UTF-8", Params: []Param{{Name: "a b", Value: "ü&"}, {Name: "c"}}},
			"a+b=%C3%BC%26&c=", true, nil, "encoded anew"},
		{"parts", &PostData{MimeType: "multipart/form-data", Params: []Param{{Name: "a", Value: "b"}}}, "", false, ErrBody, "the boundary is lost"},
		{"file", &PostData{MimeType: "application/x-www-form-urlencoded", Params: []Param{{Name: "a", FileName: "b"}}}, "", false, ErrBody, "its content is lost"},
	} {
		got, ok, err := (&Request{PostData: c.in}).Body()
		if got != c.want || ok != c.ok || !errors.Is(err, c.err) {
			t.Errorf("%s (%s): got %q, %v, %v", c.name, c.why, got, ok, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"log":{"entries":[{"request":{"method":"GET","url":"https://a.test/","headers":[{"name":"A","value":"b"}],"postData":{"params":[{}]}}}]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		entries, err := Parse(b)
		if (err == nil) != (len(entries) > 0) {
			t.Errorf("%d entries, %v", len(entries), err)
		}
		for _, e := range entries {
			if e.Request == nil {
				continue
			}
			if body, ok, err := e.Request.Body(); body != "" && (!ok || err != nil) {
				t.Errorf("body %q, %v, %v", body, ok, err)
			}
			if len(e.Request.Fields()) > len(e.Request.Headers) {
				t.Error("more fields than headers")
			}
		}
	})
}
