package fpserver

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// rawHTTP2 is a connection on which a test writes frames itself.
type rawHTTP2 struct {
	*tls.Conn
	*client
	answers *http2.Framer
	sent    []byte
}

func dialHTTP2(t *testing.T, s *Server) *rawHTTP2 {
	c := &rawHTTP2{Conn: dial(t, s, "h2"), client: newClient()}
	c.answers = http2.NewFramer(io.Discard, c.Conn)
	c.answers.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	return c
}

// flush sends the frames in pieces, each its own TLS record.
func (c *rawHTTP2) flush(piece int) {
	b := bytes.Clone(c.client.Bytes())
	c.client.Reset()
	c.sent = append(c.sent, b...)
	for chunk := range slices.Chunk(b, piece) {
		c.Conn.Write(chunk)
	}
}

// response reads until a stream has ended and returns its status and body.
func (c *rawHTTP2) response(t *testing.T, stream uint32) (string, []byte) {
	t.Helper()
	status, body := "", []byte(nil)
	for {
		f, err := c.answers.ReadFrame()
		if err != nil {
			return "error " + err.Error(), nil
		}
		switch f := f.(type) {
		case *http2.GoAwayFrame:
			return fmt.Sprintf("GOAWAY %s", f.ErrCode), nil
		case *http2.RSTStreamFrame:
			if f.StreamID == stream {
				return fmt.Sprintf("RST_STREAM %s", f.ErrCode), nil
			}
		case *http2.MetaHeadersFrame:
			if f.StreamID == stream {
				if status = f.PseudoValue("status"); f.StreamEnded() {
					return status, body
				}
			}
		case *http2.DataFrame:
			if f.StreamID == stream {
				if body = append(body, f.Data()...); f.StreamEnded() {
					return status, body
				}
			}
		}
	}
}

func TestRawHTTP2(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for i, piece := range []int{1, 3, 100, 1 << 14} {
		c := dialHTTP2(t, s)
		c.client.WriteString(fingerprint.Preface)
		c.WriteSettings(http2.Setting{ID: 3, Val: 100}, http2.Setting{ID: 0x2a2a, Val: 7})
		c.WriteWindowUpdate(0, 1000)
		block := c.get("/fp?continued", "x-long", strings.Repeat("~", 20000))
		c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block[:5], EndStream: true, PadLength: 9, Priority: http2.PriorityParam{Weight: 9}})
		c.WriteContinuation(1, false, block[5:15000])
		c.WriteContinuation(1, true, block[15000:])
		c.WriteHeaders(http2.HeadersFrameParam{StreamID: 3, BlockFragment: c.get("/echo", "trailer", "x-t"), EndHeaders: true})
		c.WriteData(3, false, make([]byte, 6000))
		c.WriteHeaders(http2.HeadersFrameParam{StreamID: 3, BlockFragment: c.encode("x-t", "1"), EndHeaders: true, EndStream: true})
		c.flush(piece)
		status, body := c.response(t, 1)
		report := decode[Report](t, body)
		if status != "200" || value(report.Request.Fields, ":path") != "/fp?continued" || len(value(report.Request.Fields, "x-long")) != 20000 || report.Request.Priority.Weight != 10 {
			t.Errorf("pieces of %d: status %s, %.300s", piece, status, body)
		}
		c2 := dialHTTP2(t, s)
		c2.Conn.Close()
		await(t, conns(t, s, 2*i+2)[2*i+1])
		c.Conn.Close()
		conn := s.Conns()[2*i]
		await(t, conn)
		k := conn.Capture()
		want := slices.Clone(c.sent)
		gap := bytes.Index(want, make([]byte, 6000)) + keepBody
		want = slices.Delete(want, gap, gap+6000-keepBody)
		if !bytes.Equal(k.Client, want) || len(k.Elided) != 1 || k.Elided[0] != (fingerprint.Elision{Offset: gap, Length: 6000 - keepBody}) {
			t.Errorf("pieces of %d: the capture is not what the client sent (%d bytes, want %d; gaps %v)", piece, len(k.Client), len(want), k.Elided)
		}
		if f, err := fingerprint.Parse(&k); err != nil || len(f.HTTP2.Requests) != 2 {
			t.Errorf("pieces of %d: %v", piece, err)
		}
	}
}

func TestTrailers(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, h2 := range []bool{true, false} {
		client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: h2, TLSClientConfig: &tls.Config{RootCAs: s.CertPool()}}}
		r, _ := http.NewRequest("POST", s.URL+"/echo", io.MultiReader(strings.NewReader("some body")))
		r.Trailer = http.Header{"X-Sum": nil}
		r.Body = &atEnd{r.Body, func() { r.Trailer.Set("X-Sum", "42") }}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		client.CloseIdleConnections()
		if got := decode[Echo](t, b); got.Body.Size != 9 || len(got.Trailer) != 1 || got.Trailer["X-Sum"][0] != "42" {
			t.Errorf("HTTP/2 %t: %s", h2, b)
		}
	}
}

// atEnd calls a function at the end of a body.
type atEnd struct {
	io.ReadCloser
	f func()
}

func (a *atEnd) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	if err == io.EOF {
		a.f()
	}
	return n, err
}

// TestStreamErrors checks that a stream error stays one: the connection goes on.
func TestStreamErrors(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := dialHTTP2(t, s)
	c.client.WriteString(fingerprint.Preface)
	c.WriteSettings()
	stream := uint32(1)
	for _, row := range []struct {
		name   string
		fields []string
		want   string
	}{
		{"upper case", c.get2("/a", "X-Upper", "1"), "RST_STREAM PROTOCOL_ERROR"},
		{"no path", []string{":method", "GET", ":scheme", "https"}, "RST_STREAM PROTOCOL_ERROR"},
		{"fields too long", c.get2("/a", slices.Repeat([]string{"x-long", strings.Repeat("~", 1000)}, 150)...), "431"},
		{"good", c.get2("/status/204"), "204"},
	} {
		block := c.encode(row.fields...)
		c.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block, EndHeaders: true, EndStream: true})
		c.flush(1 << 20)
		if got, _ := c.response(t, stream); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
		stream += 2
	}
	conn := s.Conns()[0]
	if f, err := conn.Fingerprint(); err != nil || len(f.HTTP2.Requests) != 4 || conn.Requests() != 4 {
		t.Errorf("%d requests, %v", conn.Requests(), err)
	}
}

func (c *client) get2(path string, more ...string) []string {
	return append([]string{":method", "GET", ":scheme", "https", ":authority", "localhost", ":path", path}, more...)
}

func TestConnectionErrors(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		frames func(c *rawHTTP2)
		want   string
		err    string
	}{
		{"truncated block", func(c *rawHTTP2) {
			b := c.get("/fp")
			c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: append(b, 0x40, 10, 'a'), EndHeaders: true, EndStream: true})
		}, "GOAWAY COMPRESSION_ERROR", "truncated"},
		{"bad index", func(c *rawHTTP2) {
			c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte{0xfe}, EndHeaders: true, EndStream: true})
		}, "GOAWAY COMPRESSION_ERROR", "stream 1"},
		{"DATA on stream 0", func(c *rawHTTP2) { c.WriteRawFrame(0, 0, 0, nil) }, "GOAWAY PROTOCOL_ERROR", "ended with GOAWAY PROTOCOL_ERROR"},
		{"duplicate settings", func(c *rawHTTP2) {
			c.WriteSettings(http2.Setting{ID: 1, Val: 1}, http2.Setting{ID: 1, Val: 2})
		}, "GOAWAY PROTOCOL_ERROR", "ended with GOAWAY PROTOCOL_ERROR"},
		{"frame too long", func(c *rawHTTP2) { c.WriteRawFrame(0x20, 0, 0, make([]byte, 1<<20+1)) }, "GOAWAY FRAME_SIZE_ERROR", "frame of 1048577 bytes"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, nil)
			c := dialHTTP2(t, s)
			c.client.WriteString(fingerprint.Preface)
			c.WriteSettings()
			row.frames(c)
			sent := make(chan struct{})
			go func() {
				defer close(sent)
				c.flush(1 << 14)
			}()
			if got, _ := c.response(t, 1); got != row.want {
				t.Errorf("%s, want %s", got, row.want)
			}
			c.Conn.Close()
			<-sent
			conn := s.Conns()[0]
			await(t, conn)
			if err := conn.Err(); (err != nil) != (row.err != "") || err != nil && !strings.Contains(err.Error(), row.err) {
				t.Errorf("Err gives %v", err)
			}
		})
	}
}

func TestNoPreface(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for i, in := range []string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", "P"} {
		c := dial(t, s, "h2")
		io.WriteString(c, in)
		c.CloseWrite()
		if b, _ := io.ReadAll(c); len(b) != 0 {
			t.Errorf("%q was answered with %q", in, b)
		}
		conn := conns(t, s, i+1)[i]
		await(t, conn)
		k := conn.Capture()
		if !strings.HasPrefix(in, string(k.Client)) || len(k.Client) == 0 {
			t.Errorf("%q: captured %q", in, k.Client)
		}
		if err := conn.Err(); in != "P" && (err == nil || !strings.HasSuffix(err.Error(), errNoPreface.Error())) {
			t.Errorf("%q: %v", in, err)
		}
	}
	// Nor may a client that has negotiated HTTP/1.1 speak HTTP/2.
	for i, only := range []bool{false, true} {
		s := start(t, func(s *Server) { s.HTTP1Only = only })
		c := &rawHTTP2{Conn: dial(t, s, "http/1.1"), client: newClient()}
		c.client.WriteString(fingerprint.Preface)
		c.WriteSettings()
		c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: c.get("/fp"), EndHeaders: true, EndStream: true})
		c.flush(10 + 1000*i)
		if b, _ := io.ReadAll(c.Conn); len(b) != 0 {
			t.Errorf("HTTP1Only %t: HTTP/2 after http/1.1 was answered with %q", only, b)
		}
		conn := conns(t, s, 1)[0]
		await(t, conn)
		want := "fpserver: connection 1: http/1.1 was negotiated, but the client begins with the connection preface of HTTP/2"
		if err := conn.Err(); err == nil || err.Error() != want {
			t.Errorf("HTTP1Only %t: Err gives %v", only, err)
		}
		if k := conn.Capture(); string(k.Client) != fingerprint.Preface || k.Error == "" || conn.Requests() != 0 {
			t.Errorf("HTTP1Only %t: captured %q, error %q, %d requests", only, k.Client, k.Error, conn.Requests())
		}
	}
	// Without ALPN the preface decides.
	c := &rawHTTP2{Conn: dial(t, s), client: newClient()}
	c.answers = http2.NewFramer(io.Discard, c.Conn)
	c.answers.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	c.client.WriteString(fingerprint.Preface)
	c.WriteSettings()
	c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: c.get("/fp"), EndHeaders: true, EndStream: true})
	c.flush(10)
	if status, body := c.response(t, 1); status != "200" || decode[Report](t, body).Connection.TLS.ALPN != "" {
		t.Errorf("prior knowledge: %s %s", status, body)
	}
}
