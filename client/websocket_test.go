package client_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/internal/testnet"
	"github.com/wirelike/wirelike/profiles"
)

// The header lists of two browsers as their recordings show them.
var socketLists = map[string]string{
	"chromium156": `Host: *
Connection: Upgrade
Pragma: no-cache
Cache-Control: no-cache
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36
Upgrade: websocket
Origin:
Sec-WebSocket-Version: 13
Accept-Encoding: gzip, deflate, br, zstd
Accept-Language: en-US,en;q=0.9
Cookie:
Sec-WebSocket-Key:
Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits`,
	"firefox153_linux": `Host: *
User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0
Accept: */*
Accept-Language: en-US,en;q=0.9
Accept-Encoding: gzip, deflate, br, zstd
Sec-WebSocket-Version: 13
Origin:
Sec-WebSocket-Extensions: permessage-deflate
Sec-WebSocket-Key:
Connection: Upgrade
Cookie:
Sec-Fetch-Dest: empty
Sec-Fetch-Mode: websocket
Sec-Fetch-Site: same-origin
Pragma: no-cache
Cache-Control: no-cache
Upgrade: websocket`,
}

// socketSession returns a session of a profile that has the list of that name for WebSockets; "" is a neutral one.
func socketSession(t testing.TB, name string, tr *client.Transport) *client.Session {
	t.Helper()
	t.Cleanup(func() { tr.Close() })
	if name != "" {
		p, err := profiles.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		own := *p
		own.Headers = map[profiles.Kind]profiles.HeaderSet{}
		for kind, set := range p.Headers {
			own.Headers[kind] = set
		}
		var list profiles.FieldList
		lines, err := json.Marshal(strings.Split(socketLists[name], "\n"))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(lines, &list); err != nil {
			t.Fatal(err)
		}
		own.Headers[profiles.WebSocket] = profiles.HeaderSet{H1: list}
		tr.UseProfile(&own)
	}
	return newSession(t, &client.Options{Transport: tr})
}

// agree is the answer of a server that agrees to the handshake in head, with further lines.
func agree(head string, lines ...string) string {
	key := regexp.MustCompile(`(?m)^Sec-WebSocket-Key: (\S+)\r$`).FindStringSubmatch(head)
	if key == nil {
		return "HTTP/1.1 400 Bad Request\r\nContent-Length: 6\r\n\r\nno key"
	}
	sum := sha1.Sum([]byte(key[1] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		base64.StdEncoding.EncodeToString(sum[:]) + "\r\n" + strings.Join(append(lines, "\r\n"), "\r\n")
}

// recordedSocket returns the head of the WebSocket in a recording.
func recordedSocket(t *testing.T, name string) string {
	t.Helper()
	for _, c := range connections(t, name) {
		if at := bytes.Index(c.Client, []byte("GET /ws HTTP/1.1\r\n")); at >= 0 {
			head, _, _ := bytes.Cut(c.Client[at:], []byte("\r\n\r\n"))
			return string(head) + "\r\n\r\n"
		}
	}
	t.Fatalf("%s: no WebSocket", name)
	return ""
}

var (
	keyLine  = regexp.MustCompile(`Sec-WebSocket-Key: [+/0-9A-Za-z]{22}==\r\n`)
	homePort = regexp.MustCompile(`localhost:(\d+|\{\w+\})`)
)

// TestWebSocketReplay: the handshake is, byte for byte but for port and key, that of the recorded browser, on a
// connection that does not offer HTTP/2.
func TestWebSocketReplay(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ profile, capture string }{
		{"chromium156", "chromium156/h2.json"}, {"chromium156", "chromium156/h1.json"}, {"chromium156", "chromium156/h2-2.json"},
		{"firefox153_linux", "firefox153/h2.json"}, {"firefox153_linux", "firefox153/h1.json"},
	} {
		want := recordedSocket(t, row.capture)
		_, cookie, _ := strings.Cut(want, "\r\nCookie: ")
		cookie, _, _ = strings.Cut(cookie, "\r\n")
		for _, referrer := range []string{"", "html"} {
			var head string
			ca := testnet.NewCA(t, time.Now())
			srv := testnet.ServeBytes(t, ca.Server("h2", "http/1.1"), func(p *testnet.Peer) {
				if alpn := p.Conn.(*tls.Conn).ConnectionState().NegotiatedProtocol; alpn == "h2" && row.profile == "firefox153_linux" {
					return // its first contact is the hello of a page, and stays unused
				}
				head = p.Head()
				p.Send(agree(head))
				if got := p.Take(8); len(got) != 8 || got[:2] != "\x88\x82" || got[6]^got[2] != 1000>>8 || got[7]^got[3] != 1000&0xff {
					t.Errorf("closed with %q", got)
				}
				p.Send("\x88\x02\x03\xe8")
				if alpn := p.Conn.(*tls.Conn).ConnectionState().NegotiatedProtocol; alpn != "http/1.1" {
					t.Errorf("ALPN %q", alpn)
				}
				p.Drain()
			})
			if referrer != "" {
				referrer = srv.URL + referrer
			}
			s := socketSession(t, row.profile, &client.Transport{RootCAs: ca.Pool()})
			u, err := s.WebSocket(t.Context(), "wss"+strings.TrimPrefix(srv.URL, "https")+"ws", &client.Call{
				Referrer: referrer, Header: client.Header{{Name: "Cookie", Value: cookie}},
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := u.Close(t.Context()); err != nil {
				t.Error(err)
			}
			srv.Wait()
			if len(keyLine.FindAllString(head, -1)) != 1 {
				t.Errorf("no key in %q", head)
			}
			blank := func(s string) string {
				return homePort.ReplaceAllString(keyLine.ReplaceAllString(s, "Sec-WebSocket-Key: …\r\n"), "localhost:…")
			}
			if got, want := blank(head), blank(want); got != want {
				t.Errorf("%s:\ngot\n%s\nwant\n%s", row.capture, got, want)
			}
		}
	}
}

// TestWebSocketEcho makes handshakes with the witness, from profiles and a neutral client, over TLS and without.
func TestWebSocketEcho(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "chromium156", "firefox153_linux"} {
		for _, plain := range []bool{false, true} {
			srv := fpserver.NewUnstartedServer(t)
			srv.NoTLS = plain
			if err := srv.Start(); err != nil {
				t.Fatal(err)
			}
			tr := &client.Transport{MaxConnsPerHost: 1}
			if !plain {
				tr.RootCAs = srv.CertPool()
			}
			s := socketSession(t, name, tr)
			var keys []string
			for range 2 { // the connection is not used again, and its place is free
				u, err := s.WebSocket(t.Context(), "WS"+strings.TrimPrefix(srv.URL, "http")+"/ws/echo", nil)
				if err != nil {
					t.Fatal(err)
				}
				if u.Response.StatusCode != 101 || u.Subprotocol != "" || u.Extensions != "" {
					t.Errorf("%s, %q, %q", u.Response.Status(), u.Subprotocol, u.Extensions)
				}
				keys = append(keys, u.Response.Info.Sent.Get("Sec-WebSocket-Key"))
				if err := u.Close(t.Context()); err != nil {
					t.Error(err)
				}
			}
			if keys[0] == keys[1] {
				t.Errorf("the same key twice: %s", keys[0])
			}
			want := 2
			if name == "firefox153_linux" && !plain {
				want = 3 // its first contact with a server of HTTP/2 stays unused
			}
			if n := len(srv.Conns()); n != want {
				t.Errorf("%s: %d connections, want %d", name, n, want)
			}
		}
	}
}

// TestWebSocketRand: key and mask are those of the injected source.
func TestWebSocketRand(t *testing.T) {
	t.Parallel()
	var head, bye string
	srv := testnet.ServeBytes(t, nil, func(p *testnet.Peer) {
		head = p.Head()
		p.Send(agree(head))
		bye = p.Take(8)
		p.Send("\x88\x00")
	})
	s := newSession(t, &client.Options{Rand: strings.NewReader("the sample nonceMASKrest")})
	u, err := s.WebSocket(t.Context(), srv.URL+"ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Close(t.Context()); err != nil {
		t.Error(err)
	}
	srv.Wait()
	if !strings.Contains(head, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n") || bye != "\x88\x82MASK\x4e\xa9" { // RFC 6455 §1.3
		t.Errorf("head %q, close frame %q", head, bye)
	}
	if _, err := newSession(t, &client.Options{Rand: strings.NewReader("short")}).WebSocket(t.Context(), srv.URL, nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("without randomness: %v", err)
	}
}

// TestWebSocketAnswers: only an answer as RFC 6455 §4.1 has it is one.
func TestWebSocketAnswers(t *testing.T) {
	t.Parallel()
	good := func(head string) string { return agree(head) }
	swap := func(from, to string) func(string) string {
		return func(head string) string { return strings.Replace(agree(head), from, to, 1) }
	}
	with := func(line string) func(string) string {
		return func(head string) string { return agree(head, line) }
	}
	for _, row := range []struct {
		name   string
		answer func(head string) string
		kind   *client.Kind // nil: it is one
		field  string
	}{
		{"good", good, nil, ""},
		{"any case", swap("Upgrade: websocket\r\nConnection: Upgrade", "upgrade: WebSocket\r\nCONNECTION: keep-alive, upgrade"), nil, ""},
		{"offered extension", with("Sec-WebSocket-Extensions: permessage-deflate;client_max_window_bits=15"), nil, ""},
		{"offered subprotocol", with("Sec-WebSocket-Protocol: superchat"), nil, ""},
		{"no Upgrade", swap("Upgrade: websocket\r\n", ""), client.ErrHandshake, "Upgrade"},
		{"other Upgrade", swap("websocket", "h2c"), client.ErrHandshake, "Upgrade"},
		{"two upgrades", swap("websocket", "websocket, h2c"), client.ErrHandshake, "Upgrade"},
		{"no Connection", swap("Connection: Upgrade\r\n", ""), client.ErrHandshake, "Connection"},
		{"other Connection", swap("Connection: Upgrade", "Connection: keep-alive"), client.ErrHandshake, "Connection"},
		{"no accept", swap("Sec-WebSocket-Accept", "X"), client.ErrHandshake, "Sec-WebSocket-Accept"},
		{"wrong accept", swap("Sec-WebSocket-Accept: ", "Sec-WebSocket-Accept: x"), client.ErrHandshake, "Sec-WebSocket-Accept"},
		{"two accepts", with("Sec-WebSocket-Accept: x"), client.ErrHandshake, "Sec-WebSocket-Accept"},
		{"unasked subprotocol", with("Sec-WebSocket-Protocol: other"), client.ErrHandshake, "Sec-WebSocket-Protocol"},
		{"subprotocol in other case", with("Sec-WebSocket-Protocol: Chat"), client.ErrHandshake, "Sec-WebSocket-Protocol"},
		{"two subprotocols", with("Sec-WebSocket-Protocol: chat, superchat"), client.ErrHandshake, "Sec-WebSocket-Protocol"},
		{"unasked extension", with("Sec-WebSocket-Extensions: x-other"), client.ErrHandshake, "Sec-WebSocket-Extensions"},
		{"extension twice", with("Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate"), client.ErrHandshake, "Sec-WebSocket-Extensions"},
		{"200", func(string) string { return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno" }, client.ErrRefused, ""},
		{"302", func(string) string { return "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 2\r\n\r\nno" }, client.ErrRefused, ""},
		{"403", func(string) string { return "HTTP/1.1 403 Forbidden\r\nX: y\r\n\r\nno" }, client.ErrRefused, ""},
	} {
		ca := testnet.NewCA(t, time.Now())
		srv := testnet.ServeBytes(t, ca.Server("http/1.1"), func(p *testnet.Peer) {
			p.Send(row.answer(p.Head()))
			p.CloseWrite()
		})
		s := socketSession(t, "chromium156", &client.Transport{RootCAs: ca.Pool()})
		u, err := s.WebSocket(t.Context(), srv.URL, &client.Call{Header: client.Header{{Name: "Sec-WebSocket-Protocol", Value: "chat, superchat"}}})
		if row.kind == nil {
			if err != nil {
				t.Errorf("%s: %v", row.name, err)
				continue
			}
			u.CloseNow()
			continue
		}
		var (
			e   *client.Error
			why *client.HandshakeError
		)
		if !errors.As(err, &e) || e.Kind != row.kind || !errors.Is(err, client.ErrHandshake) || !errors.As(err, &why) || why.Field != row.field {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		if (e.Response != nil) != (row.kind == client.ErrRefused) {
			t.Errorf("%s: response %v", row.name, e.Response)
		} else if e.Response != nil {
			if b, err := e.Response.Bytes(); string(b) != "no" || err != nil {
				t.Errorf("%s: body %q, %v", row.name, b, err)
			}
		}
	}
}

// TestWebSocketRefuses: what cannot be a handshake is not sent.
func TestWebSocketRefuses(t *testing.T) {
	t.Parallel()
	browser := socketSession(t, "chromium156", &client.Transport{})
	neutral := newSession(t, nil)
	for _, row := range []struct {
		name string
		s    *client.Session
		url  string
		call client.Call
		kind *client.Kind
	}{
		{"scheme", neutral, "ftp://localhost/", client.Call{}, client.ErrUnsupportedScheme},
		{"no URL", neutral, "wss:", client.Call{}, client.ErrInvalidURL},
		{"kind", browser, "wss://localhost/", client.Call{Kind: profiles.Fetch}, client.ErrInvalidRequest},
		{"version", browser, "wss://localhost/", client.Call{HTTPVersion: client.HTTP2}, client.ErrInvalidRequest},
		{"body", browser, "wss://localhost/", client.Call{Bytes: []byte("x")}, client.ErrInvalidRequest},
		{"own key", browser, "wss://localhost/", client.Call{Header: client.Header{{Name: "sec-websocket-key", Value: "x"}}}, client.ErrInvalidHeader},
		{"no Upgrade", browser, "wss://localhost/", client.Call{Remove: []string{"upgrade"}}, client.ErrInvalidHeader},
		{"session's version", newSession(t, &client.Options{HTTPVersion: client.HTTP2}), "wss://localhost/", client.Call{}, client.ErrInvalidRequest},
		{"session's header", newSession(t, &client.Options{Header: client.Header{{Name: "Connection", Value: "x"}}}), "wss://localhost/", client.Call{}, client.ErrInvalidHeader},
		{"referrer", neutral, "wss://localhost/", client.Call{Referrer: "x"}, client.ErrInvalidRequest},
		{"other host in clear text", browser, "ws://example.org/", client.Call{}, client.ErrImpersonate},
	} {
		u, err := row.s.WebSocket(t.Context(), row.url, &row.call)
		var e *client.Error
		if u != nil || !errors.As(err, &e) || e.Kind != row.kind || e.URL != row.url {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

// TestWebSocketNeutral: a client without profile has the fields that it must, and says where it comes from if it is told.
func TestWebSocketNeutral(t *testing.T) {
	t.Parallel()
	heads := make(chan string, 2)
	srv := testnet.ServeBytes(t, nil, func(p *testnet.Peer) {
		head := p.Head()
		heads <- head
		p.Send(agree(head))
		p.Drain()
	})
	for referrer, want := range map[string]string{"": "", "https://example.org:443/page?x": "Origin: https://example.org\r\n"} {
		u, err := newSession(t, nil).WebSocket(t.Context(), srv.URL+"ws?q", &client.Call{Referrer: referrer})
		if err != nil {
			t.Fatal(err)
		}
		u.CloseNow()
		head := keyLine.ReplaceAllString(homePort.ReplaceAllString(<-heads, "localhost:…"), "Sec-WebSocket-Key: …\r\n")
		if want := "GET /ws?q HTTP/1.1\r\nHost: localhost:…\r\nUser-Agent: Go-http-client/1.1\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n" +
			"Connection: Upgrade\r\n" + want + "Sec-WebSocket-Key: …\r\nSec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n\r\n"; head != want {
			t.Errorf("got %q, want %q", head, want)
		}
	}
}

// TestWebSocketClose: what the server sends instead of, or before, its close frame.
func TestWebSocketClose(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 70000)
	for _, row := range []struct {
		name, send string
		kind       *client.Kind
	}{
		{"code", "\x88\x02\x03\xe8", nil},
		{"no code", "\x88\x00", nil},
		{"other code", "\x88\x05\x0f\xa0bye", nil},
		{"messages before it", "\x81\x01a\x02\x7e\x01\x00" + long[:256] + "\x89\x00\x80\x7f\x00\x00\x00\x00\x00\x01\x11\x70" + long + "\xc1\x00\x88\x00", nil},
		{"nothing", "", client.ErrIncompleteRead},
		{"half a header", "\x88", client.ErrIncompleteRead},
		{"half a length", "\x81\x7e\x01", client.ErrIncompleteRead},
		{"half a message", "\x81\x05abc", client.ErrIncompleteRead},
		{"half a close frame", "\x88\x02\x03", client.ErrIncompleteRead},
		{"half a code", "\x88\x01\x03", client.ErrProtocol},
		{"masked", "\x88\x80\x00\x00\x00\x00", client.ErrProtocol},
		{"fragmented", "\x08\x00", client.ErrProtocol},
		{"long ping", "\x89\x7e\x01\x00" + long, client.ErrProtocol},
		{"no length", "\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00", client.ErrProtocol},
	} {
		srv := testnet.ServeBytes(t, nil, func(p *testnet.Peer) {
			p.Send(agree(p.Head()) + row.send)
		})
		u, err := newSession(t, nil).WebSocket(t.Context(), srv.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = u.Close(t.Context())
		var e *client.Error
		if row.kind == nil && err != nil || row.kind != nil && (!errors.As(err, &e) || e.Kind != row.kind || e.Op != "close") {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

// TestWebSocketCloseEnds: a server that does not answer is waited for as long as the context says.
func TestWebSocketCloseEnds(t *testing.T) {
	t.Parallel()
	srv := testnet.ServeBytes(t, nil, func(p *testnet.Peer) {
		p.Send(agree(p.Head()) + "\x82\x7f\x00\x00\x01\x00\x00\x00\x00\x00")
		p.Drain()
	})
	u, err := newSession(t, nil).WebSocket(t.Context(), srv.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := u.Close(ctx); !errors.Is(err, client.ErrCanceled) {
		t.Errorf("got %v", err)
	}
	srv.Wait()
}
