// Package har reads the requests of HTTP archives (HAR 1.2), as the developer tools of browsers export them.
package har

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Pair is a name and a value.
type Pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Entry is one entry. Request is nil in an entry that has none.
type Entry struct {
	Request *Request `json:"request"`
}

// Request is a request as it was recorded. Browsers export fields sorted and in one case, those of HTTP/2 with some of HTTP/1.1
// in between, and leave some out.
type Request struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	HTTPVersion string    `json:"httpVersion"`
	Headers     []Pair    `json:"headers"`
	PostData    *PostData `json:"postData"`
}

// PostData is a body.
type PostData struct {
	MimeType string  `json:"mimeType"`
	Text     *string `json:"text"`
	// Params are those of a form; Text, if it is there, has them, too.
	Params []Param `json:"params"`
}

// Param is a field of a form; a file has a FileName.
type Param struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	FileName string `json:"fileName"`
}

var (
	// ErrNoArchive: what was read is JSON, but no archive.
	ErrNoArchive = errors.New("no HTTP archive: it has no log")
	// ErrNoEntries: there is no entry in the archive.
	ErrNoEntries = errors.New("log.entries: there is none")
)

// Parse reads an archive. Members that are not known are passed over, since each exporter has its own.
func Parse(b []byte) ([]Entry, error) {
	var file struct {
		Log json.RawMessage `json:"log"`
	}
	var log struct {
		Entries []Entry `json:"entries"`
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")) // some exporters write one, and RFC 8259 §8.1 lets readers pass over it
	if err := json.Unmarshal(b, &file); err != nil {
		return nil, fmt.Errorf("no HTTP archive: %w", err)
	}
	if file.Log == nil {
		return nil, ErrNoArchive
	}
	if err := json.Unmarshal(file.Log, &log); err != nil {
		return nil, fmt.Errorf("log: %w", err)
	}
	if len(log.Entries) == 0 {
		return nil, ErrNoEntries
	}
	return log.Entries, nil
}

// Protocol returns "http/1.1", "h2" or "h3" for the many names that exporters have for one; "" for one that it does not know.
func (r *Request) Protocol() string {
	switch strings.ToLower(r.HTTPVersion) {
	case "http/1.1", "http/1.0":
		return "http/1.1"
	case "h2", "http/2", "http/2.0":
		return "h2"
	case "h3", "http/3", "http/3.0":
		return "h3"
	}
	return ""
}

// ofConnection are fields that are of the connection or that follow from the rest of the request.
var ofConnection = []string{
	"Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Upgrade", "HTTP2-Settings",
	"Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Extensions",
}

// Fields returns the fields that another client may send: without pseudo-header fields and without those that a connection makes
// by itself.
func (r *Request) Fields() []Pair {
	var out []Pair
	for _, h := range r.Headers {
		if strings.HasPrefix(h.Name, ":") || isOfConnection(h.Name) {
			continue
		}
		out = append(out, h)
	}
	return out
}

func isOfConnection(name string) bool {
	for _, own := range ofConnection {
		if strings.EqualFold(name, own) {
			return true
		}
	}
	return false
}

// ErrBody: the archive does not have the body as it was sent.
var ErrBody = errors.New("the archive does not have the body of the request: it has no postData.text, and its params are no form of fields")

// Body returns the body as it was sent, false if there was none. A form without text is encoded anew.
func (r *Request) Body() (body string, ok bool, err error) {
	p := r.PostData
	switch {
	case p == nil:
		return "", false, nil
	case p.Text != nil:
		return *p.Text, true, nil
	case len(p.Params) == 0:
		return "", false, nil
	}
	if typ, _, _ := strings.Cut(p.MimeType, ";"); !strings.EqualFold(strings.TrimSpace(typ), "application/x-www-form-urlencoded") {
		return "", false, ErrBody
	}
	var b strings.Builder
	for i, x := range p.Params {
		if x.FileName != "" {
			return "", false, ErrBody
		}
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(x.Name) + "=" + url.QueryEscape(x.Value))
	}
	return b.String(), true, nil
}
