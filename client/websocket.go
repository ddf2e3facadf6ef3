package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wirelike/wirelike/profiles"
)

// Upgrade is a connection on which the server has agreed to speak WebSocket. The caller must end it, with Close or
// CloseNow; the context of the handshake does not. It is not safe for concurrent use, but for CloseNow.
type Upgrade struct {
	// Response is the answer to the handshake, status 101. Its Body is the connection.
	Response *Response
	// Subprotocol is the one that the server chose of those in Sec-WebSocket-Protocol, empty for none.
	Subprotocol string
	// Extensions is what the server made of the offer in Sec-WebSocket-Extensions, empty for none.
	Extensions string

	conn io.ReadWriteCloser
	rand io.Reader
}

// WebSocket makes the handshake of a WebSocket (RFC 6455 §4.1) as the browser does: a GET over HTTP/1.1 with the
// profile's fields of kind [profiles.WebSocket] and a random Sec-WebSocket-Key; the hello of https does not offer HTTP/2.
// Redirects are not followed. The URL is one of ws, wss, http or https.
//
// Of c, Kind must be empty or WebSocket, HTTPVersion not HTTP2, and there is no body. Without Referrer the page that opens
// the WebSocket is one of the server's own origin. Subprotocols are offered with a field Sec-WebSocket-Protocol in Header.
// Header and Remove may not name the fields that make the handshake one. A neutral client has no page: it sends an Origin
// only with a Referrer, and offers no extensions. An extension that a profile offers, as browsers do with
// permessage-deflate, may be accepted by the server: then who reads from the connection has to deal with it.
//
// An answer that is not 101 is an ErrRefused with the response, of whose body the first 4 KiB are kept; a wrong 101 is an
// ErrHandshake. Both have a [*HandshakeError] in their chain.
func (s *Session) WebSocket(ctx context.Context, url string, c *Call) (*Upgrade, error) {
	if c == nil {
		c = &Call{}
	}
	x, key, err := s.handshake(ctx, url, c)
	if err != nil {
		closeReader(c.Body)
		e := newError(http.MethodGet, nil, err)
		e.URL = redactRaw(url)
		return nil, e
	}
	res, err := x.send()
	if err != nil {
		return nil, x.failed(err, nil)
	}
	res.hold.last(x.end)
	u := &Upgrade{Response: res, rand: s.transport.random()}
	if err := u.accept(key); err != nil {
		e := newError(http.MethodGet, x.url, err)
		if u.Response.StatusCode == http.StatusSwitchingProtocols {
			u.Response.Close()
			return nil, e
		}
		u.Response.clip(maxRefusal)
		e.Response = u.Response
		return nil, e
	}
	return u, nil
}

// handshake prepares the request, and returns it with its key.
func (s *Session) handshake(ctx context.Context, url string, c *Call) (*chain, string, error) {
	call := *c
	if err := s.checkHandshake(c); err != nil {
		return nil, "", err
	}
	fields := http.Header{}
	call.HTTPVersion = HTTP1
	if s.transport.profile != nil {
		call.Kind = profiles.WebSocket
	} else {
		page, err := parseReferrer(c.Referrer)
		if err != nil {
			return nil, "", err
		}
		if page != nil {
			fields["Origin"] = []string{originOf(page)}
		}
		call.Kind, call.Referrer = "", ""
		fields["Connection"], fields["Upgrade"] = []string{"Upgrade"}, []string{"websocket"}
		fields["Sec-WebSocket-Version"] = []string{"13"}
	}
	x, err := s.chain(ctx, http.MethodGet, webURL(url), &call)
	if err != nil {
		return nil, "", err
	}
	var nonce [16]byte
	if _, err := io.ReadFull(s.transport.random(), nonce[:]); err != nil {
		return nil, "", invalid(ErrInvalidRequest, "Rand: %w", err)
	}
	key := base64.StdEncoding.EncodeToString(nonce[:])
	fields["Sec-WebSocket-Key"] = []string{key}
	x.extra = fields
	return x, key, nil
}

// handshakeFields make a request a handshake; their values are not the caller's choice.
var handshakeFields = []string{"Connection", "Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version"}

// checkHandshake refuses what a handshake cannot have.
func (s *Session) checkHandshake(c *Call) error {
	switch {
	case c.Kind != "" && c.Kind != profiles.WebSocket:
		return invalid(ErrInvalidRequest, "the handshake of a WebSocket is not of kind %s", c.Kind)
	case c.HTTPVersion == HTTP2 || c.HTTPVersion == HTTPAuto && s.transport.HTTPVersion == HTTP2:
		return invalid(ErrInvalidRequest, "the handshake of a WebSocket is made over HTTP/1.1")
	case c.Body != nil || c.Bytes != nil || c.JSON != nil || c.Form != nil || c.Multipart != nil:
		return invalid(ErrInvalidRequest, "the handshake of a WebSocket has no body")
	case c.SendRate != 0 || c.RecvRate != 0 || c.Progress != nil:
		return invalid(ErrInvalidRequest, "SendRate, RecvRate and Progress are about bodies, which a WebSocket has none of")
	}
	for _, name := range handshakeFields {
		if c.Header.Has(name) || s.header.Has(name) || contains(c.Remove, name) || contains(s.remove, name) {
			return invalid(ErrInvalidHeader, "field %q belongs to the handshake", name)
		}
	}
	return nil
}

// webURL returns the URL that a request for a WebSocket's goes to (WHATWG WebSockets §3.1, the other way round).
func webURL(url string) string {
	scheme, rest, ok := strings.Cut(url, ":")
	switch {
	case ok && strings.EqualFold(scheme, "ws"):
		return "http:" + rest
	case ok && strings.EqualFold(scheme, "wss"):
		return "https:" + rest
	}
	return url
}

// random is the source of keys.
func (t *Transport) random() io.Reader {
	if t.Rand != nil {
		return t.Rand
	}
	return rand.Reader
}

// HandshakeError says what is wrong with a server's answer to the handshake of a WebSocket.
type HandshakeError struct {
	// Field names the field that is wrong or missing; empty: it is the status.
	Field string
	// Got is what the server said, empty for a missing field. Want is what it should have said.
	Got, Want string
}

func (e *HandshakeError) Error() string {
	field := e.Field
	if field == "" {
		field = "status"
	}
	return fmt.Sprintf("%s is %.200q, want %s", field, e.Got, e.Want)
}

// acceptGUID is what the server hashes the key with (RFC 6455 §1.3).
const acceptGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// accept looks whether the response agrees (RFC 6455 §4.1).
func (u *Upgrade) accept(key string) error {
	res, sent := u.Response, u.Response.Info.Sent
	if res.StatusCode != http.StatusSwitchingProtocols {
		return &fault{ErrRefused, &HandshakeError{"", res.Status(), "101"}}
	}
	wrong := func(field, want string) error {
		return &fault{ErrHandshake, &HandshakeError{field, res.Header.Get(field), want}}
	}
	sum := sha1.Sum([]byte(key + acceptGUID))
	digest := base64.StdEncoding.EncodeToString(sum[:])
	tokens := slices.Collect(splitList(res.Header.Get("Connection")))
	protocols := slices.Collect(splitList(sent.Get("Sec-WebSocket-Protocol")))
	switch u.Subprotocol = res.Header.Get("Sec-WebSocket-Protocol"); {
	case !strings.EqualFold(res.Header.Get("Upgrade"), "websocket"):
		return wrong("Upgrade", "websocket")
	case !contains(tokens, "upgrade"):
		return wrong("Connection", "Upgrade")
	case res.Header.Get("Sec-WebSocket-Accept") != digest:
		return wrong("Sec-WebSocket-Accept", digest)
	case res.Header.Has("Sec-WebSocket-Protocol") && !slices.Contains(protocols, u.Subprotocol):
		return wrong("Sec-WebSocket-Protocol", "one that was offered")
	}
	u.Extensions = res.Header.Get("Sec-WebSocket-Extensions")
	offered := extensionNames(sent.Get("Sec-WebSocket-Extensions"))
	for i, name := range extensionNames(u.Extensions) {
		if !slices.Contains(offered, name) || slices.Contains(extensionNames(u.Extensions)[:i], name) {
			return wrong("Sec-WebSocket-Extensions", "some that were offered, once each")
		}
	}
	var ok bool
	if u.conn, ok = res.Body.(io.ReadWriteCloser); !ok {
		return &fault{ErrHandshake, errors.New("something between session and transport has taken the connection")}
	}
	return nil
}

// extensionNames returns the names in a list of extensions with parameters (RFC 6455 §9.1).
func extensionNames(list string) (names []string) {
	for x := range splitList(list) {
		name, _, _ := strings.Cut(x, ";")
		names = append(names, trim(name))
	}
	return names
}

// maxRefusal is how much is kept of the body of a refusal, in bytes.
const maxRefusal = 4 << 10

// clip reads the body as far as limit, closes it, and makes what was read the body, so that nobody has to close it.
func (r *Response) clip(limit int64) {
	body := r.Body
	timer := time.AfterFunc(drainTime, func() { body.Close() })
	defer timer.Stop()
	data, _ := io.ReadAll(io.LimitReader(body, limit)) // the refusal is the error, not how its body broke off
	body.Close()
	r.Body, r.Length = io.NopCloser(bytes.NewReader(data)), int64(len(data))
}
