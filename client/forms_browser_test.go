package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/profiles"
)

// formFields is a table of fields for a page's script and for a call.
var formFields = client.Q("a b", "*-._~!'()", "é", "x\ny", "cr", "a\rb\r\nc\n\r", "na\"me\n", "&=+%", "empty", "")

// formRows are forms as a page sends them, by a script that takes the fields as an array, and as a call.
var formRows = []struct {
	name, script string
	call         func() *client.Call
}{
	{"a form", `submit({}, fields)`, func() *client.Call { return &client.Call{Kind: profiles.Form, Form: formFields} }},
	{"an empty form", `submit({}, [])`, func() *client.Call { return &client.Call{Kind: profiles.Form, Form: client.Pairs{}} }},
	{"a multipart form", `submit({enctype: "multipart/form-data"}, fields)`, func() *client.Call {
		return &client.Call{Kind: profiles.Form, Multipart: &client.Multipart{}, Form: formFields}
	}},
	{"an empty multipart form", `submit({enctype: "multipart/form-data"}, [])`, func() *client.Call {
		return &client.Call{Kind: profiles.Form, Multipart: &client.Multipart{}}
	}},
	{"URLSearchParams", `send("/", new URLSearchParams(fields))`, func() *client.Call { return &client.Call{Kind: profiles.Fetch, Form: formFields} }},
	{"no URLSearchParams", `send("/", new URLSearchParams())`, func() *client.Call { return &client.Call{Kind: profiles.Fetch, Form: client.Pairs{}} }},
	{"FormData", `send("/", data(fields))`, func() *client.Call {
		return &client.Call{Kind: profiles.Fetch, Multipart: &client.Multipart{}, Form: formFields}
	}},
	{"FormData by XMLHttpRequest", `xhr("/", data(fields))`, func() *client.Call {
		return &client.Call{Kind: profiles.XHR, Multipart: &client.Multipart{}, Form: formFields}
	}},
	{"URLSearchParams by XMLHttpRequest", `xhr("/", new URLSearchParams(fields))`, func() *client.Call { return &client.Call{Kind: profiles.XHR, Form: formFields} }},
	{"files", `send("/", files())`, func() *client.Call {
		m := &client.Multipart{}
		for _, p := range []client.FormPart{
			{Name: "f", Filename: "a\"b\n.txt", ContentType: "text/plain", Data: []byte("x\ny")},
			{Name: "g", Filename: "none", Data: []byte{0, 0xff}},
		} {
			if err := m.AddPart(p); err != nil {
				panic(err)
			}
		}
		return &client.Call{Kind: profiles.Fetch, Multipart: m}
	}},
}

const formScript = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script>
const send = (url, body) => fetch(url, {method: "POST", body}).then(r => r.status)
const xhr = (url, body) => new Promise(done => { const x = new XMLHttpRequest(); x.open("POST", url); x.onload = () => done(x.status); x.send(body) })
const data = fields => { const d = new FormData(); for (const f of fields) d.append(...f); return d }
const files = () => { const d = new FormData(); d.append("f", new File(["x\ny"], "a\"b\n.txt", {type: "text/plain"})); d.append("g", new File([new Uint8Array([0, 255])], "none")); return d }
const submit = (how, fields) => {
	const f = document.createElement("form"); f.method = "post"; f.enctype = how.enctype || ""; f.action = "/"
	f.addEventListener("formdata", e => { for (const x of fields) e.formData.append(...x) })
	document.body.append(f); f.submit()
}
</script><body>`

// TestFormsOfBrowsers: the bodies of forms, and what is said of them, are those of the real browsers.
func TestFormsOfBrowsers(t *testing.T) {
	besideBrowsers(t, func(w http.ResponseWriter, r *http.Request) string {
		if r.Method != http.MethodPost {
			_, _ = io.WriteString(w, formScript)
			return ""
		}
		body, _ := io.ReadAll(r.Body)
		typ := r.Header.Get("Content-Type")
		if int64(len(body)) != r.ContentLength {
			t.Errorf("%d bytes, and Content-Length says %d", len(body), r.ContentLength)
		}
		if _, boundary, ok := strings.Cut(typ, "boundary="); ok {
			typ, body = strings.ReplaceAll(typ, boundary, "B"), []byte(strings.ReplaceAll(string(body), boundary, "B"))
		}
		return fmt.Sprintf("%q\n%q", typ, body)
	}, func(ctx context.Context, t *testing.T, b *beside) {
		fields := "const fields = " + fieldsOf(formFields) + "; "
		for _, row := range formRows {
			err := b.Navigate(ctx, b.url+"/page")
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(row.script, "submit") {
				err = b.Leave(ctx, "{ "+fields+row.script+" }")
			} else {
				_, err = b.Evaluate(ctx, "(async () => { "+fields+"return await "+row.script+" })()")
			}
			if err != nil {
				t.Fatalf("%s: %v", row.name, err)
			}
			want := <-b.heard
			c := row.call()
			c.Referrer = b.url + "/page"
			r, err := b.session.Post(ctx, b.url+"/", c)
			if err != nil {
				t.Fatalf("%s: %v", row.name, err)
			}
			r.Close()
			if got := <-b.heard; got != want {
				t.Errorf("%s: sent\n%s\nthe browser sends\n%s", row.name, got, want)
			}
		}
	})
}

// fieldsOf returns the fields as an array of a script.
func fieldsOf(p client.Pairs) string {
	var rows []string
	for _, f := range p {
		rows = append(rows, fmt.Sprintf("[%s, %s]", jsonText(f.Name), jsonText(f.Value)))
	}
	return "[" + strings.Join(rows, ", ") + "]"
}

func jsonText(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}
