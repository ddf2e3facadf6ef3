package h2

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/internal/testnet"
)

// TestMain fails when goroutines or descriptors are left over.
func TestMain(m *testing.M) { testnet.Main(m) }

// recorder is a connection that remembers each Write.
type recorder struct {
	net.Conn
	mu    sync.Mutex
	units []int
	fail  error // of the next writes
}

func (r *recorder) Write(b []byte) (int, error) {
	r.mu.Lock()
	r.units = append(r.units, len(b))
	fail := r.fail
	r.mu.Unlock()
	if fail != nil {
		return 0, fail
	}
	return r.Conn.Write(b)
}

// peer is a server that a test scripts frame by frame, within a synctest bubble.
type peer struct {
	t      *testing.T
	conn   net.Conn
	fr     *http2.Framer
	client *recorder
	dec    *hpack.Decoder
	enc    *hpack.Encoder
	block  bytes.Buffer
	stop   chan struct{} // while closed, the peer reads

	mu       sync.Mutex
	frames   []string
	data     []byte              // payload of all DATA
	blocks   []byte              // header block in progress
	priority http2.PriorityParam // of the last HEADERS
	err      error
}

// connect starts a connection to a scripted server. The opening has been read and dropped when it returns.
func connect(t *testing.T, cfg *Config) (*Conn, *peer) {
	t.Helper()
	c, p := dial(t, cfg)
	p.got()
	return c, p
}

func dial(t *testing.T, cfg *Config) (*Conn, *peer) {
	t.Helper()
	ours, theirs := net.Pipe()
	p := &peer{t: t, conn: theirs, fr: http2.NewFramer(theirs, theirs), client: &recorder{Conn: ours}}
	p.fr.AllowIllegalWrites = true
	p.fr.SetMaxReadFrameSize(1<<24 - 1)
	p.dec = hpack.NewDecoder(4096, nil)
	p.enc = newPeerEncoder(p)
	go p.read()
	c, err := New(p.client, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		theirs.Close()
	})
	return c, p
}

func newPeerEncoder(p *peer) *hpack.Encoder { return hpack.NewEncoder(&p.block) }

func (p *peer) read() {
	preface := make([]byte, len(fingerprint.Preface))
	_, err := io.ReadFull(p.conn, preface)
	for err == nil {
		p.mu.Lock()
		stop := p.stop
		p.mu.Unlock()
		if stop != nil {
			<-stop
		}
		var f http2.Frame
		if f, err = p.fr.ReadFrame(); err == nil {
			p.mu.Lock()
			p.frames = append(p.frames, p.describe(f))
			p.mu.Unlock()
		}
	}
	p.mu.Lock()
	p.err = err
	p.mu.Unlock()
}

// pause makes the peer stop reading, one frame later, until the function it returns is called.
func (p *peer) pause() (resume func()) {
	stop := make(chan struct{})
	p.mu.Lock()
	p.stop = stop
	p.mu.Unlock()
	return func() {
		p.mu.Lock()
		p.stop = nil
		p.mu.Unlock()
		close(stop)
	}
}

// describe writes a frame as text: "HEADERS 1 end :method=GET …", "DATA 1 5 end", "WINDOW_UPDATE 0 100".
func (p *peer) describe(f http2.Frame) string {
	h := f.Header()
	words := []any{h.Type, h.StreamID}
	end := func(on bool) {
		if on {
			words = append(words, "end")
		}
	}
	switch f := f.(type) {
	case *http2.HeadersFrame:
		end(f.StreamEnded())
		p.priority = f.Priority
		p.blocks = append(p.blocks[:0], f.HeaderBlockFragment()...)
		if !f.HeadersEnded() {
			words = append(words, "more")
			break
		}
		words = append(words, p.fields()...)
	case *http2.ContinuationFrame:
		p.blocks = append(p.blocks, f.HeaderBlockFragment()...)
		if !f.HeadersEnded() {
			words = append(words, "more")
			break
		}
		words = append(words, p.fields()...)
	case *http2.DataFrame:
		words = append(words, len(f.Data()))
		end(f.StreamEnded())
		p.data = append(p.data, f.Data()...)
	case *http2.SettingsFrame:
		if f.IsAck() {
			return "SETTINGS ack"
		}
		f.ForeachSetting(func(s http2.Setting) error {
			words = append(words, fmt.Sprintf("%d:%d", s.ID, s.Val))
			return nil
		})
	case *http2.WindowUpdateFrame:
		words = append(words, f.Increment)
	case *http2.RSTStreamFrame:
		words = append(words, f.ErrCode)
	case *http2.GoAwayFrame:
		return fmt.Sprintf("GOAWAY %d %v", f.LastStreamID, f.ErrCode)
	case *http2.PingFrame:
		if f.IsAck() {
			return fmt.Sprintf("PING ack %x", f.Data)
		}
	case *http2.PriorityFrame:
		words = append(words, fmt.Sprint(f.PriorityParam))
	}
	return strings.TrimSuffix(fmt.Sprintln(words...), "\n")
}

func (p *peer) fields() (words []any) {
	f, err := p.dec.DecodeFull(p.blocks)
	if err != nil {
		return []any{err}
	}
	for _, f := range f {
		words = append(words, f.Name+"="+f.Value)
	}
	return words
}

// got waits until nothing moves any more and returns the frames that the client has sent since the last call.
func (p *peer) got() []string {
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.frames
	p.frames = nil
	return f
}

// want checks what got returns.
func (p *peer) want(frames ...string) {
	p.t.Helper()
	if got := p.got(); !slices.Equal(got, frames) {
		p.t.Errorf("client sent\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(frames, "\n\t"))
	}
}

// gone checks that the client has closed the connection.
func (p *peer) gone() {
	p.t.Helper()
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.t.Error("the connection is still open")
	}
}

// write sends bytes; an error means that the client has closed, which tests see otherwise.
func (p *peer) write(b []byte) { p.conn.Write(b) }

func (p *peer) frame(t http2.FrameType, flags http2.Flags, stream uint32, payload []byte) {
	p.write(append(appendHeader(nil, len(payload), t, flags, stream), payload...))
}

func (p *peer) settings(s ...http2.Setting) {
	var b []byte
	for _, s := range s {
		b = binary.BigEndian.AppendUint16(b, uint16(s.ID))
		b = binary.BigEndian.AppendUint32(b, s.Val)
	}
	p.frame(http2.FrameSettings, 0, 0, b)
}

// encode returns a header block of name, value pairs.
func (p *peer) encode(pairs ...string) []byte {
	p.block.Reset()
	for i := 0; i < len(pairs); i += 2 {
		p.enc.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	return bytes.Clone(p.block.Bytes())
}

func (p *peer) headers(stream uint32, end bool, pairs ...string) {
	flags := http2.FlagHeadersEndHeaders
	if end {
		flags |= http2.FlagHeadersEndStream
	}
	p.frame(http2.FrameHeaders, flags, stream, p.encode(pairs...))
}

// respond sends a 200 with the body.
func (p *peer) respond(stream uint32, body string) {
	p.headers(stream, false, ":status", "200")
	p.dataFrame(stream, true, []byte(body))
}

func (p *peer) dataFrame(stream uint32, end bool, b []byte) {
	var flags http2.Flags
	if end {
		flags = http2.FlagDataEndStream
	}
	p.frame(http2.FrameData, flags, stream, b)
}

func (p *peer) windowUpdate(stream, increment uint32) {
	p.frame(http2.FrameWindowUpdate, 0, stream, binary.BigEndian.AppendUint32(nil, increment))
}

func (p *peer) rst(stream uint32, code ErrCode) {
	p.frame(http2.FrameRSTStream, 0, stream, binary.BigEndian.AppendUint32(nil, uint32(code)))
}

func (p *peer) goAway(last uint32, code ErrCode, debug string) {
	b := binary.BigEndian.AppendUint32(nil, last)
	p.frame(http2.FrameGoAway, 0, 0, append(binary.BigEndian.AppendUint32(b, uint32(code)), debug...))
}

// result is the outcome of a RoundTrip on its own goroutine.
type result struct {
	resp *plan.Response
	err  error
	done bool
}

// request returns a GET or, with a body, a POST of unknown length.
func request(body io.ReadCloser) *plan.Request {
	r := &plan.Request{Method: "GET", Fields: fields(":method", "GET", ":path", "/")}
	if body != nil {
		r = &plan.Request{Method: "POST", Fields: fields(":method", "POST", ":path", "/"), Body: body, Length: -1}
	}
	return r
}

// start sends a request and returns at once; the result is there after p.got or synctest.Wait.
func start(ctx context.Context, c *Conn, req *plan.Request) *result {
	synctest.Wait() // so that what the peer has sent counts
	r := new(result)
	go func() {
		r.resp, r.err = c.RoundTrip(ctx, req)
		r.done = true
	}()
	synctest.Wait()
	return r
}

// ok returns the response, which must have come.
func (r *result) ok(t *testing.T) *plan.Response {
	t.Helper()
	synctest.Wait()
	if r.resp == nil {
		t.Fatalf("no response: done %v, %v", r.done, r.err)
	}
	return r.resp
}

// failed returns the error, which must have come.
func (r *result) failed(t *testing.T) error {
	t.Helper()
	synctest.Wait()
	if r.err == nil {
		t.Fatalf("no error: done %v, %+v", r.done, r.resp)
	}
	return r.err
}

// text reads a body to its end.
func text(t *testing.T, r *plan.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Errorf("body: %v after %d bytes", err, len(b))
	}
	r.Body.Close()
	return string(b)
}

// trackedBody is a request body that knows whether it was closed; a blocked Read of it ends with Close.
type trackedBody struct {
	io.Reader
	mu     sync.Mutex
	closed int
	stop   func()
}

func (b *trackedBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed++
	if b.stop != nil && b.closed == 1 {
		b.stop()
	}
	return nil
}

func (b *trackedBody) wantClosed(t *testing.T) {
	t.Helper()
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed != 1 {
		t.Errorf("body closed %d times", b.closed)
	}
}

// pipeBody returns a body that the test writes to.
func pipeBody() (*trackedBody, *io.PipeWriter) {
	r, w := io.Pipe()
	return &trackedBody{Reader: r, stop: func() { r.CloseWithError(errors.New("closed")) }}, w
}
