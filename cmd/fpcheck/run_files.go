package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/cmd/fpcheck/internal/har"
	"github.com/wirelike/wirelike/cmd/fpcheck/internal/httpfile"
	"github.com/wirelike/wirelike/cmd/fpcheck/internal/shorthand"
	"github.com/wirelike/wirelike/profiles"
)

// readHTTPFile reads the requests of a .http file in dir.
func readHTTPFile(_ *env, dir string, b []byte) ([]sendRequest, error) {
	parsed, err := httpfile.Parse(string(b))
	if err != nil {
		return nil, err
	}
	var out []sendRequest
	for _, p := range parsed {
		r := sendRequest{Method: p.Method}
		if r.URL, err = shorthand.URL(p.URL); err != nil {
			return nil, &httpfile.Error{Line: p.Line, Why: err.Error()}
		}
		switch p.Proto {
		case "":
		case "HTTP/1.1":
			r.Version = client.HTTP1
		case "HTTP/2", "HTTP/2.0":
			r.Version = client.HTTP2
		default:
			return nil, &httpfile.Error{Line: p.Line, Why: fmt.Sprintf("%s is not spoken; write HTTP/1.1, HTTP/2 or nothing", p.Proto)}
		}
		for _, f := range p.Fields {
			if f.Value == "" {
				r.Remove = append(r.Remove, f.Name)
			} else {
				r.Headers = append(r.Headers, []string{f.Name, f.Value})
			}
		}
		fileBody(&r, dir, p.Body)
		socket(&r)
		out = append(out, r)
	}
	return out, nil
}

// fileBody makes the body of its parts. A file that cannot be read makes a request that fails.
func fileBody(r *sendRequest, dir string, parts []httpfile.Part) {
	if parts == nil {
		return
	}
	var b bytes.Buffer
	for _, p := range parts {
		if p.File == "" {
			b.WriteString(p.Text)
			continue
		}
		name := filepath.FromSlash(p.File)
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		if len(parts) == 1 && r.has("content-type") {
			r.File = name // read while it is sent
			return
		}
		content, err := os.ReadFile(name)
		if err != nil {
			r.Err = fmt.Errorf("%s is not sent, since its body cannot be read: %w", shorthand.Redacted(r.URL), err)
			return
		}
		b.Write(content)
	}
	body := b.String()
	r.Body = &body
}

// readArchive reads the requests of an archive.
func readArchive(e *env, _ string, b []byte) ([]sendRequest, error) {
	entries, err := har.Parse(b)
	if err != nil {
		return nil, err
	}
	var out []sendRequest
	for i, entry := range entries {
		q := entry.Request
		if q == nil || q.URL == "" {
			fmt.Fprintf(e.stderr, "fpcheck run: log.entries[%d] has no URL and is passed over\n", i)
			continue
		}
		r := sendRequest{Method: q.Method, URL: q.URL}
		for _, f := range q.Fields() {
			r.Headers = append(r.Headers, []string{f.Name, f.Value})
		}
		body, ok, err := q.Body()
		switch {
		case err != nil:
			r.Err = fmt.Errorf("%s is not sent: %w", shorthand.Redacted(r.URL), err)
		case ok && (body != "" || r.Method != "GET" && r.Method != "HEAD"):
			r.Body = &body
			if typ := q.PostData.MimeType; typ != "" && !r.has("content-type") {
				r.Headers = append(r.Headers, []string{"Content-Type", typ})
			}
		}
		socket(&r)
		out = append(out, r)
	}
	return out, nil
}

// socket makes the request for the URL of a WebSocket its handshake.
func socket(r *sendRequest) {
	scheme, _, _ := strings.Cut(r.URL, ":")
	if strings.EqualFold(scheme, "ws") || strings.EqualFold(scheme, "wss") {
		r.Kind = string(profiles.WebSocket)
	}
}
