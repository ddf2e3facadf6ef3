package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/cmd/fpcheck/internal/shorthand"
)

type stringList []string

func (l *stringList) String() string     { return strings.Join(*l, ", ") }
func (l *stringList) Set(s string) error { *l = append(*l, s); return nil }

// jsonFlag is --json: alone it asks for a line of JSON per response, with a JSON text or @FILE behind it that is the body.
type jsonFlag struct {
	lines int
	texts []string
}

func (*jsonFlag) String() string { return "" }

// IsBoolFlag makes --json alone a flag; package flag knows it.
func (*jsonFlag) IsBoolFlag() bool { return true }

// Set implements [flag.Value].
func (j *jsonFlag) Set(s string) error {
	if s == "true" {
		j.lines++
	} else {
		j.texts = append(j.texts, s)
	}
	return nil
}

// Follow implements [follower].
func (j *jsonFlag) Follow(next string) bool {
	if next == "" || !strings.ContainsRune(`{["@`, rune(next[0])) {
		return false
	}
	j.lines--
	j.texts = append(j.texts, next)
	return true
}

// templateFlags say what the requests of the command line are.
type templateFlags struct {
	method, kind, referrer, items  string
	data, headers, form, multipart stringList
	json                           jsonFlag
	head                           bool
}

func (o *templateFlags) register(f *flag.FlagSet) {
	f.StringVar(&o.method, "X", "", "request `METHOD`; default GET, or POST with a body")
	f.Var(&o.headers, "H", "a `FIELD` 'Name: value'; may be repeated")
	f.Var(&o.data, "data", "form `DATA` for the body, or @FILE; may be repeated")
	alias(f, "d", "data")
	f.Var(&o.form, "form", "a `FIELD` name=value of a form, which is encoded; may be repeated")
	f.Var(&o.multipart, "multipart", "a `PART` name=value or name=@FILE of a body of parts, perhaps with ;type=TYPE and ;filename=NAME behind it; may be repeated")
	f.Var(&o.json, "json", "alone: print one JSON object per response; with a JSON text that begins with {, [ or \", or with @FILE, behind it: the body")
	f.StringVar(&o.items, "items", "", "what items name=value make up: `KIND` json, form or multipart; default json, or what --form or --multipart have begun")
	f.StringVar(&o.kind, "kind", "", "`KIND` of the request; default navigate")
	f.StringVar(&o.referrer, "referrer", "", "`URL` of the page that the request comes from")
	f.BoolVar(&o.head, "head", false, "ask for the head of the response alone, with HEAD")
	alias(f, "I", "head")
}

// used tells whether there is anything that applies to URLs.
func (o *templateFlags) used() bool {
	return o.method != "" || o.kind != "" || o.referrer != "" || o.items != "" || o.data != nil || o.headers != nil || o.form != nil || o.multipart != nil ||
		o.json.texts != nil || o.head
}

// requests makes a request of each URL among the arguments; the others are items, which apply to all of them.
func (o *templateFlags) requests(stdin io.Reader, args []string) ([]sendRequest, error) {
	if len(args) == 0 {
		return nil, nil
	}
	var urls, texts []string
	for i, arg := range args {
		if i > 0 && !isWeb(arg) {
			texts = append(texts, arg)
			continue
		}
		u, err := shorthand.URL(arg)
		if err != nil {
			return nil, err
		}
		urls = append(urls, u)
	}
	items, err := shorthand.ParseItems(texts)
	if err != nil {
		return nil, fmt.Errorf("%w (or a URL with its scheme)", err)
	}
	r := sendRequest{Method: o.method, Kind: o.kind, Referrer: o.referrer, Stdin: stdin}
	if err := o.headOnly(&r); err != nil {
		return nil, err
	}
	if err := o.fields(&r, items); err != nil {
		return nil, err
	}
	if err := o.body(&r, items, stdin); err != nil {
		return nil, err
	}
	if r.File == "-" && len(urls) > 1 {
		return nil, errors.New("@- is read once: name one URL")
	}
	if o.head && r.hasBody() {
		return nil, errors.New("--head has no body")
	}
	var out []sendRequest
	for _, u := range urls {
		r.URL = u
		out = append(out, r)
	}
	return out, nil
}

// isWeb tells a URL from an item, in which a colon may stand, too.
func isWeb(arg string) bool {
	scheme, _, ok := strings.Cut(arg, "://")
	switch strings.ToLower(scheme) {
	case "http", "https", "ws", "wss":
		return ok
	}
	return false
}

// headOnly applies --head.
func (o *templateFlags) headOnly(r *sendRequest) error {
	switch {
	case !o.head:
		return nil
	case r.Method != "" && r.Method != "HEAD":
		return fmt.Errorf("--head is a HEAD, not a %s", r.Method)
	}
	r.Method = "HEAD"
	return nil
}

// fields fills in what is no body.
func (o *templateFlags) fields(r *sendRequest, items *shorthand.Items) error {
	for _, h := range o.headers {
		name, value, ok := strings.Cut(h, ":")
		if name, empty := strings.CutSuffix(h, ";"); !ok && empty {
			r.Headers = append(r.Headers, []string{name, ""})
			continue
		}
		if value = strings.TrimSpace(value); !ok {
			return fmt.Errorf("-H %q: write 'Name: value', 'Name:' to remove a field, or 'Name;' for an empty one", h)
		}
		if value == "" {
			r.Remove = append(r.Remove, name)
		} else {
			r.Headers = append(r.Headers, []string{name, value})
		}
	}
	for _, h := range items.Headers {
		r.Headers = append(r.Headers, []string{h.Name, h.Value})
	}
	r.Remove = append(r.Remove, items.Remove...)
	for _, c := range items.Cookies {
		r.Crumbs = append(r.Crumbs, client.Cookie{Name: c.Name, Value: c.Value})
	}
	for _, q := range items.Query {
		r.Query = append(r.Query, client.Pair{Name: q.Name, Value: q.Value})
	}
	if r.Crumbs != nil && r.has("cookie") {
		return errors.New("items +name=value and a field Cookie are both set")
	}
	return nil
}

// body fills in the body. There is at most one kind of it.
func (o *templateFlags) body(r *sendRequest, items *shorthand.Items, stdin io.Reader) error {
	as, err := o.itemsAre(items)
	if err != nil {
		return err
	}
	var kinds []string
	for _, k := range []struct {
		name string
		set  bool
	}{
		{"-d", o.data != nil}, {"--json TEXT", o.json.texts != nil}, {"--form", o.form != nil || as == "form"},
		{"--multipart", o.multipart != nil || as == "multipart"}, {"items name=value", as == "json"}, {"@FILE", items.File != ""},
	} {
		if k.set {
			kinds = append(kinds, k.name)
		}
	}
	if len(kinds) > 1 {
		return fmt.Errorf("%s are more than one body", strings.Join(kinds, " and "))
	}
	r.File = items.File
	switch {
	case o.data != nil:
		return o.dataBody(r, stdin)
	case o.json.texts != nil:
		return o.jsonBody(r, stdin)
	case as == "json":
		r.JSON, err = items.Object()
		return err
	case as == "multipart" || o.multipart != nil:
		return o.partsBody(r, items)
	case as == "form" || o.form != nil:
		return o.formBody(r, items)
	}
	return nil
}

// itemsAre returns what the items of the body make up, "" if there are none.
func (o *templateFlags) itemsAre(items *shorthand.Items) (string, error) {
	as := o.items
	switch {
	case as != "" && as != "json" && as != "form" && as != "multipart":
		return "", fmt.Errorf("--items %q: it is json, form or multipart", as)
	case len(items.Data) == 0 && as != "":
		return "", errors.New("--items without an item name=value")
	case len(items.Data) == 0 || as != "":
		return as, nil
	case o.form != nil:
		return "form", nil
	case o.multipart != nil:
		return "multipart", nil
	}
	return "json", nil
}

// textual refuses JSON where the body is none.
func textual(f shorthand.Field) error {
	if f.Raw != nil {
		return fmt.Errorf("item %.80q: the body is no JSON; write name=value", f.Name+":="+string(f.Raw))
	}
	return nil
}

func (o *templateFlags) formBody(r *sendRequest, items *shorthand.Items) error {
	for _, f := range o.form {
		name, value, ok := strings.Cut(f, "=")
		if !ok || name == "" {
			return fmt.Errorf("--form %.80q: write NAME=VALUE", f)
		}
		r.Form = append(r.Form, []string{name, value})
	}
	for _, f := range items.Data {
		if err := textual(f); err != nil {
			return err
		}
		r.Form = append(r.Form, []string{f.Name, f.Value})
	}
	return nil
}

func (o *templateFlags) partsBody(r *sendRequest, items *shorthand.Items) error {
	texts := o.multipart[:len(o.multipart):len(o.multipart)]
	for _, f := range items.Data {
		if err := textual(f); err != nil {
			return err
		}
		texts = append(texts, f.Name+"="+f.Value)
	}
	for _, text := range texts {
		p, err := parsePart(text)
		if err != nil {
			return err
		}
		if err := new(client.Multipart).AddPart(client.FormPart(p)); err != nil { // a file that is not there is told now
			return err
		}
		r.Multipart = append(r.Multipart, p)
	}
	return nil
}

// dataBody joins the data of all -d, as curl does.
func (o *templateFlags) dataBody(r *sendRequest, stdin io.Reader) error {
	var parts []string
	for _, d := range o.data {
		data, err := readData(d, stdin)
		if err != nil {
			return err
		}
		parts = append(parts, data)
	}
	body := strings.Join(parts, "&")
	r.Body = &body
	if !r.has("content-type") {
		r.Headers = append(r.Headers, []string{"Content-Type", "application/x-www-form-urlencoded"})
	}
	return nil
}

func (o *templateFlags) jsonBody(r *sendRequest, stdin io.Reader) error {
	if len(o.json.texts) > 1 {
		return errors.New("--json TEXT is given twice")
	}
	text, err := readData(o.json.texts[0], stdin)
	if err != nil {
		return err
	}
	if !json.Valid([]byte(text)) {
		return fmt.Errorf("--json %.80q: no JSON in it; -d takes any text", o.json.texts[0])
	}
	r.JSON = json.RawMessage(text)
	return nil
}

// readsStdin tells whether the body comes from stdin.
func (o *templateFlags) readsStdin(args []string) bool {
	for _, list := range [][]string{o.data, o.json.texts, args} {
		for _, text := range list {
			if text == "@-" {
				return true
			}
		}
	}
	return false
}

func readData(data string, stdin io.Reader) (string, error) {
	name, ok := strings.CutPrefix(data, "@")
	if !ok {
		return data, nil
	}
	if name == "-" {
		b, err := io.ReadAll(stdin)
		return string(b), err
	}
	b, err := os.ReadFile(name)
	return string(b), err
}
