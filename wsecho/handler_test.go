package wsecho

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// TestHandshake: what is no handshake gets a status, and one gets what was negotiated.
func TestHandshake(t *testing.T) {
	t.Parallel()
	_, plain := start(t, nil)
	_, picky := start(t, &Options{Subprotocols: []string{"best", "Good"}, Origins: []string{"*.example.org", "https://example.com"}})
	_, deflate := start(t, &Options{Compression: true})
	const browser = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"
	for _, row := range []struct {
		name, addr, line string
		status           int
		protocol         string
		extensions       string
	}{
		{"nothing special", plain, "X: y", 101, "", ""},
		{"subprotocol that is not spoken", plain, "Sec-WebSocket-Protocol: chat", 101, "", ""},
		{"subprotocol", picky, "Sec-WebSocket-Protocol: chat, good", 101, "good", ""},
		{"the server's preference", picky, "Sec-WebSocket-Protocol: Good, best", 101, "best", ""},
		{"no common subprotocol", picky, "Sec-WebSocket-Protocol: chat", 101, "", ""},
		{"any origin", plain, "Origin: https://evil.test", 101, "", ""},
		{"opaque origin", plain, "Origin: null", 101, "", ""},
		{"own origin", picky, "Origin: http://localhost", 101, "", ""},
		{"allowed origin", picky, "Origin: http://a.example.org", 101, "", ""},
		{"allowed with scheme", picky, "Origin: https://example.com", 101, "", ""},
		{"other scheme", picky, "Origin: http://example.com", 403, "", ""},
		{"other origin", picky, "Origin: https://evil.test", 403, "", ""},
		{"null origin", picky, "Origin: null", 403, "", ""},
		{"a browser's offer, off", plain, browser, 101, "", ""},
		{"a browser's offer", deflate, browser, 101, "", "permessage-deflate; client_no_context_takeover; server_no_context_takeover"},
		{"small window", deflate, "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10", 101, "", ""},
		{"no offer", deflate, "X: y", 101, "", ""},
		{"two keys", plain, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", 400, "", ""},
	} {
		x, res := connect(t, row.addr, row.line)
		if res.StatusCode != row.status || res.Header.Get("Sec-Websocket-Protocol") != row.protocol || res.Header.Get("Sec-Websocket-Extensions") != row.extensions {
			t.Errorf("%s: %s %v", row.name, res.Status, res.Header)
		}
		if row.status == 101 {
			if got := res.Header.Get("Sec-Websocket-Accept"); got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" { // RFC 6455 §1.3
				t.Errorf("%s: accept %s", row.name, got)
			}
			x.send(frame(fin|closeOp, ""))
			x.expect("close ", "end")
		}
	}
}

// TestRefused: requests that are no handshake.
func TestRefused(t *testing.T) {
	t.Parallel()
	h, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name   string
		method string
		fields string // "name=value" by ","
		major  int
		status int
		field  string // of the response, "name=value"
	}{
		{"HTTP/2", "GET", "", 2, 505, ""},
		{"HTTP/3", "CONNECT", "", 3, 505, ""},
		{"plain GET", "GET", "", 1, 426, "Upgrade=websocket"},
		{"HEAD", "HEAD", "", 1, 426, "Upgrade=websocket"},
		{"other protocol", "GET", "Connection=Upgrade,Upgrade=h2c", 1, 426, "Upgrade=websocket"},
		{"POST", "POST", "Connection=Upgrade,Upgrade=websocket", 1, 405, ""},
		{"old version", "GET", "Connection=Upgrade,Upgrade=websocket,Sec-WebSocket-Version=8", 1, 400, "Sec-WebSocket-Version=13"},
		{"no key", "GET", "Connection=Upgrade,Upgrade=websocket,Sec-WebSocket-Version=13", 1, 400, ""},
		{"short key", "GET", "Connection=Upgrade,Upgrade=websocket,Sec-WebSocket-Version=13,Sec-WebSocket-Key=YWJj", 1, 400, ""},
	} {
		r := httptest.NewRequest(row.method, "/ws", nil)
		r.ProtoMajor, r.ProtoMinor = row.major, 1
		for pair := range strings.SplitSeq(row.fields, ",") {
			name, value, _ := strings.Cut(pair, "=")
			r.Header.Set(name, strings.TrimSpace(value))
		}
		w := hijackRecorder{httptest.NewRecorder()}
		h.ServeHTTP(w, r)
		name, value, _ := strings.Cut(row.field, "=")
		if w.Code != row.status || w.Header().Get(name) != value {
			t.Errorf("%s: %d %v", row.name, w.Code, w.Header())
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/ws", nil))
	if w.Code != 501 {
		t.Errorf("a connection that cannot be taken over: %d", w.Code)
	}
}

// hijackRecorder says that its connection can be taken over, which the requests above must not get to.
type hijackRecorder struct{ *httptest.ResponseRecorder }

func (w hijackRecorder) Unwrap() http.ResponseWriter { return unwrapped{w.ResponseRecorder, nil} }

type unwrapped struct {
	http.ResponseWriter
	http.Hijacker // nil: a call is a fault of the test
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{
		{Subprotocols: []string{""}}, {Subprotocols: []string{"a b"}}, {Subprotocols: []string{"a,b"}}, {Subprotocols: []string{"ä"}},
		{Subprotocols: []string{"a", "b", "A"}}, {Origins: []string{"["}},
	} {
		if h, err := New(&o); err == nil || h != nil || !strings.HasPrefix(err.Error(), "wsecho: ") {
			t.Errorf("%+v: %v", o, err)
		}
	}
	h, err := New(nil)
	if err != nil || h.opts.MaxMessage != DefaultMaxMessage || h.opts.IdleTimeout != DefaultIdleTimeout || h.memory.max != DefaultMaxMemory {
		t.Errorf("defaults: %+v, %v", h, err)
	}
	if h, err = New(&Options{MaxMessage: -1, MaxMemory: -1}); err != nil || h.opts.MaxMessage != -1 || h.memory.max != -1 {
		t.Errorf("no bounds: %+v, %v", h, err)
	}
}

// TestClient echoes messages of all sizes through a client of another hand, with and without compression.
func TestClient(t *testing.T) {
	t.Parallel()
	for _, compression := range []bool{false, true} {
		_, addr := start(t, &Options{Compression: compression})
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		o := &websocket.DialOptions{}
		if compression {
			o.CompressionMode = websocket.CompressionContextTakeover
		}
		c, res, err := websocket.Dial(ctx, "ws://"+addr+"/", o)
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Header.Get("Sec-Websocket-Extensions") != ""; got != compression {
			t.Errorf("compression %v, want %v", got, compression)
		}
		c.SetReadLimit(-1)
		for _, n := range []int{0, 511, 512, 4097, 65536, 300000} {
			message := bytes.Repeat([]byte("0123456789abcdef"), n/16+1)[:n]
			for _, typ := range []websocket.MessageType{websocket.MessageText, websocket.MessageBinary} {
				go c.Write(ctx, typ, message)
				got, b, err := c.Read(ctx)
				if err != nil || got != typ || !bytes.Equal(b, message) {
					t.Fatalf("%d bytes: %v, %d bytes, %v", n, got, len(b), err)
				}
			}
		}
		if err := c.Close(websocket.StatusNormalClosure, ""); err != nil {
			t.Error(err)
		}
	}
}

// TestBomb: the limit is on what comes out of the decompression; broken streams end the connection.
func TestBomb(t *testing.T) {
	t.Parallel()
	_, addr := start(t, &Options{Compression: true, MaxMessage: 1000})
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, _, err := websocket.Dial(ctx, "ws://"+addr+"/", &websocket.DialOptions{CompressionMode: websocket.CompressionNoContextTakeover})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	go c.Write(ctx, websocket.MessageBinary, make([]byte, 1<<20)) // about 1 KiB on the wire
	if _, _, err := c.Read(ctx); websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
		t.Errorf("1 MiB of zeros: %v", err)
	}
	x := open(t, addr, "Sec-WebSocket-Extensions: permessage-deflate")
	x.send(frame(fin|rsv1|binaryOp, "\xff\xff\xff\xff"))
	x.expect("close 1007 …")
	x.send(frame(fin|closeOp, bye(1007, "")))
	x.expect("end")
}
