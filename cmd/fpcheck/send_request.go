package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/profiles"
)

// sendRequest is one request of the command line, of a script or of a file.
type sendRequest struct {
	Method         string          `json:"method"`
	URL            string          `json:"url"`
	Kind           string          `json:"kind"`
	Referrer       string          `json:"referrer"`
	Headers        [][]string      `json:"headers"`
	Remove         []string        `json:"remove"`
	Cookies        [][]string      `json:"cookies"`
	Body           *string         `json:"body"`
	Form           [][]string      `json:"form"`
	JSON           json.RawMessage `json:"json"`
	Multipart      []scriptPart    `json:"multipart"`
	Auth           scriptAuth      `json:"auth"`
	AcceptEncoding acceptEncoding  `json:"accept_encoding"`
	// Scripted and WithCredentials are those of [client.Call].
	Scripted        bool `json:"scripted"`
	WithCredentials bool `json:"with_credentials"`

	// What follows only the command line and files say.

	// File is the file that is the body, "-" for stdin.
	File  string       `json:"-"`
	Stdin io.Reader    `json:"-"`
	Query client.Pairs `json:"-"`
	// Crumbs go beside the session's cookies; Cookies take their place, as a Cookie field of the caller's does.
	Crumbs []client.Cookie `json:"-"`
	// Version is the version of HTTP that this request insists on.
	Version client.HTTPVersion `json:"-"`
	// Rate bounds both bodies, in bytes per second; 0: not.
	Rate int64 `json:"-"`
	// Err is why the request cannot be sent.
	Err error `json:"-"`
}

// check looks at what the type of a script line cannot say.
func (r *sendRequest) check() error {
	if r.URL == "" {
		return errors.New("url is missing")
	}
	for _, list := range [][][]string{r.Headers, r.Form} {
		for _, pair := range list {
			if len(pair) != 2 {
				return fmt.Errorf("%q is no pair of name and value", pair)
			}
		}
	}
	if r.AcceptEncoding.set && (r.has("accept-encoding") || r.removes("accept-encoding")) {
		return errors.New("accept_encoding and an Accept-Encoding among headers or remove are both set")
	}
	if r.Auth.set && r.has("authorization") {
		return errors.New("auth and an Authorization among the headers are both set")
	}
	_, err := r.cookie()
	return err
}

func (r *sendRequest) has(name string) bool {
	for _, h := range r.Headers {
		if strings.EqualFold(h[0], name) {
			return true
		}
	}
	return false
}

func (r *sendRequest) removes(name string) bool {
	for _, n := range r.Remove {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// cookie joins the cookies of a script line into the value of one Cookie field.
func (r *sendRequest) cookie() (string, error) {
	var b strings.Builder
	for i, pair := range r.Cookies {
		if len(pair) != 2 || pair[0] == "" || strings.ContainsAny(pair[0], "=; ") || strings.Contains(pair[1], ";") {
			return "", fmt.Errorf("%q is no cookie: a pair of name and value, without semicolons", pair)
		}
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(pair[0] + "=" + pair[1])
	}
	if r.Cookies != nil && r.has("cookie") {
		return "", errors.New("cookies and a Cookie among the headers are both set")
	}
	return b.String(), nil
}

// hasBody tells whether the request has a body, even an empty one.
func (r *sendRequest) hasBody() bool {
	return r.Body != nil || r.Form != nil || r.JSON != nil || r.Multipart != nil || r.File != ""
}

// method is that of the request: GET, or POST with a body, unless it says otherwise.
func (r *sendRequest) method() string {
	switch {
	case r.Method != "":
		return r.Method
	case r.hasBody():
		return "POST"
	}
	return "GET"
}

// call translates the request for the client, which refuses what contradicts itself.
func (r *sendRequest) call() (*client.Call, error) {
	c := &client.Call{
		Kind: profiles.Kind(r.Kind), Referrer: r.Referrer, Remove: r.Remove, Query: r.Query, HTTPVersion: r.Version,
		Cookies: r.Crumbs, SendRate: r.Rate, RecvRate: r.Rate, Scripted: r.Scripted, WithCredentials: r.WithCredentials,
	}
	for _, h := range r.Headers {
		c.Header.Add(h[0], h[1])
	}
	if cookie, _ := r.cookie(); cookie != "" {
		c.Header.Add("Cookie", cookie)
	}
	r.AcceptEncoding.apply(c)
	r.Auth.apply(c)
	if r.Body != nil {
		c.Bytes = []byte(*r.Body)
	}
	if r.Form != nil {
		c.Form = client.Pairs{} // an empty form is a body, too
	}
	for _, p := range r.Form {
		c.Form.Add(p[0], p[1])
	}
	if r.JSON != nil {
		c.JSON = r.JSON
	}
	if r.Multipart != nil {
		c.Multipart = &client.Multipart{}
	}
	for _, p := range r.Multipart {
		if err := c.Multipart.AddPart(client.FormPart(p)); err != nil {
			return nil, err
		}
	}
	return c, r.upload(c)
}

// upload makes a file the body. It is read while it is sent, and again if the request is sent again.
func (r *sendRequest) upload(c *client.Call) error {
	switch r.File {
	case "":
		return nil
	case "-":
		c.Body, c.Length = io.NopCloser(r.Stdin), -1
	default:
		open := func() (io.ReadCloser, error) { return os.Open(r.File) }
		f, err := open()
		if err != nil {
			return err
		}
		c.Body, c.GetBody = f, open
	}
	if !c.Header.Has("Content-Type") && !r.removes("content-type") {
		c.Header.Add("Content-Type", "application/octet-stream")
	}
	return nil
}

// bodyText describes the body for people: what is sent, or in brackets what it is made of.
func (r *sendRequest) bodyText() string {
	switch {
	case r.Multipart != nil:
		return fmt.Sprintf("[multipart/form-data, %d parts]", len(r.Multipart)+len(r.Form))
	case r.File == "-":
		return "[what stdin has]"
	case r.File != "":
		return fmt.Sprintf("[the file %s]", r.File)
	case r.Body != nil:
		return *r.Body
	case r.JSON != nil:
		return string(r.JSON)
	case r.Form != nil:
		var p client.Pairs
		for _, f := range r.Form {
			p.Add(f[0], f[1])
		}
		return p.Encode()
	}
	return ""
}
