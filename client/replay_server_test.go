package client_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/hex"
	"io"
	"net"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/internal/testnet"
)

// theatre is the server of one recorded connection: it does what the recording server did when the browser could notice,
// and keeps what the client sends.
type theatre struct {
	tls *tls.Config // nil for plain http
	// settingsAfter is after how many requests the server's SETTINGS arrive.
	settingsAfter int
	// held has the streams whose responses end only when another one has begun, with that one.
	held map[uint32]uint32
	// answers are what requests get instead of a plain 200, by stream over HTTP/2 and by target over HTTP/1.1.
	answers map[string]*recordedAnswer

	arrived chan struct{} // gets one for each request over HTTP/2; nil for nobody
	acked   chan struct{} // closed when the client has taken the server's SETTINGS
	gone    chan struct{} // closed when the client has gone
	sent    bytes.Buffer  // until then the server's own
	conns   atomic.Int32
}

// dial connects a client to the server.
func (s *theatre) dial(t *testing.T) dialer {
	addr := testnet.Serve(t, func(c net.Conn) {
		if s.conns.Add(1) > 1 {
			c.Close() // makes the request fail
			return
		}
		defer close(s.gone)
		defer c.Close()
		if s.tls != nil {
			c = tls.Server(c, s.tls)
		}
		tee := io.TeeReader(c, &s.sent)
		if slices.Contains(s.protos(), "h2") {
			s.serveHTTP2(c, tee)
		} else {
			s.serveHTTP1(c, bufio.NewReader(tee))
		}
	})
	return dialTo(addr)
}

type dialer = func(ctx context.Context, network, addr string) (net.Conn, error)

func (s *theatre) protos() []string {
	if s.tls == nil {
		return nil
	}
	return s.tls.NextProtos
}

// schedule makes the server's SETTINGS arrive, and responses end, when those of the recording did.
func (s *theatre) schedule(want []sentFrame, requests []recorded) {
	s.settingsAfter = -1
	begun := 0
	for _, f := range want {
		switch {
		case f.Type == http2.FrameHeaders:
			begun++
			if on := requests[begun-1].dependsOn; on != 0 {
				s.held[on] = f.StreamID
			}
		case f.Type == http2.FrameSettings && f.Flags.Has(http2.FlagSettingsAck):
			s.settingsAfter = begun
		}
	}
}

// settled returns a context whose request waits until the client has taken the server's SETTINGS.
func (s *theatre) settled(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { <-s.acked }})
}

// received returns what the client has sent, once it is gone.
func (s *theatre) received() []byte {
	if s.conns.Load() > 0 {
		<-s.gone
	}
	return s.sent.Bytes()
}

func (s *theatre) serveHTTP2(c net.Conn, r io.Reader) {
	if _, err := io.ReadFull(r, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	out, in := testnet.NewFrameWriter(c), http2.NewFramer(io.Discard, r)
	begun, late := 0, []uint32(nil)
	settle := func() {
		if begun == s.settingsAfter {
			out.Settings(http2.Setting{ID: http2.SettingHeaderTableSize, Val: 4096}, http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 250})
		}
	}
	settle()
	for {
		f, err := in.ReadFrame()
		if err != nil {
			return
		}
		h := f.Header()
		switch f.(type) {
		case *http2.HeadersFrame:
			begun++
			if s.arrived != nil {
				s.arrived <- struct{}{}
			}
			settle()
			for stream, until := range s.held {
				if until == h.StreamID {
					out.Data(stream, true, nil)
				}
			}
		case *http2.DataFrame:
		case *http2.SettingsFrame:
			if h.Flags.Has(http2.FlagSettingsAck) {
				close(s.acked)
			}
			continue
		default:
			continue
		}
		if h.Flags.Has(http2.FlagHeadersEndStream) { // which is also that of DATA
			late = append(late, h.StreamID)
		}
		late = slices.DeleteFunc(late, func(stream uint32) bool {
			a := s.answers[streamKey(stream)]
			if a != nil && begun < a.after {
				return false
			}
			out.Headers(stream, s.held[stream] == 0, a.pairs()...)
			return true
		})
	}
}

func (s *theatre) serveHTTP1(c net.Conn, r *bufio.Reader) {
	for {
		lines, body, err := readHead(r)
		if err != nil {
			return
		}
		if _, err := io.CopyN(io.Discard, r, int64(body)); err != nil {
			return
		}
		io.WriteString(c, s.answers[targetIn(lines[0])].head())
	}
}

// targetIn returns the target of a request line.
func targetIn(line string) string {
	_, target, _ := strings.Cut(line, " ")
	target, _, _ = strings.Cut(target, " ")
	return target
}

// readHead reads a request's head and returns its lines and the length of the body.
func readHead(r *bufio.Reader) (lines []string, body int, err error) {
	tp := textproto.NewReader(r)
	for {
		line, err := tp.ReadLine()
		if err != nil || line == "" {
			return lines, body, err
		}
		lines = append(lines, line)
		if name, value, _ := strings.Cut(line, ":"); strings.EqualFold(name, "Content-Length") {
			if body, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return nil, 0, err
			}
		}
	}
}

// sentFrame is one frame of the client's half.
type sentFrame struct {
	http2.FrameHeader
	bytes []byte // with its header
}

func (f *sentFrame) String() string { return hex.EncodeToString(f.bytes) }

// splitFrames cuts the client's half of a connection into frames, without those that the recordings have not kept:
// RST_STREAM, and the GOAWAY at the end.
func splitFrames(t *testing.T, b []byte) (frames []sentFrame) {
	t.Helper()
	b, ok := bytes.CutPrefix(b, []byte(http2.ClientPreface))
	if !ok {
		t.Fatalf("no preface: %.40q", b)
	}
	for len(b) > 0 {
		h, err := http2.ReadFrameHeader(bytes.NewReader(b))
		if err != nil || len(b) < 9+int(h.Length) {
			t.Fatalf("%d bytes that are no frame: %v", len(b), err)
		}
		n := 9 + int(h.Length)
		if h.Type != http2.FrameGoAway && h.Type != http2.FrameRSTStream {
			frames = append(frames, sentFrame{h, b[:n]})
		}
		b = b[n:]
	}
	return frames
}
