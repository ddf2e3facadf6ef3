package testnet

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// watchdog is how long a script outside of a bubble waits for the client: no measure of anything, only the end of a test
// that hangs.
const watchdog = 30 * time.Second

// FramePeer is the server's end of an HTTP/2 connection, scripted frame by frame: what a [FrameWriter] has sends, the
// methods here tell what the client has sent, in the words of "HEADERS 1 end :method=GET :path=/". It sends nothing by
// itself: a script that wants to be taken for a server begins with Settings.
//
// It works on any [net.Conn]. Within a bubble of testing/synctest, where settle is synctest.Wait, every look at the
// client comes when nothing moves any more, so that the frames are all there are. Elsewhere settle is nil, and a look
// waits until as many frames have come as are wanted, or the client has gone.
//
// Its methods are for one goroutine, the script's.
type FramePeer struct {
	*FrameWriter
	Conn net.Conn
	// N says which connection of its [Server] this is, from 1; 0 without a Server.
	N int

	tb     testing.TB
	settle func()
	fr     *http2.Framer
	news   chan struct{} // capacity 1: a frame came
	done   chan struct{} // closed when read ends

	mu     sync.Mutex
	stop   chan struct{} // while not nil, the peer does not read
	ignore []string
	frames []frame
	data   []byte // payload of all DATA
	blocks blocks
	err    error // why read ended
}

// NewFramePeer returns the peer on c and begins to read. When the test ends, c is closed.
func NewFramePeer(tb testing.TB, c net.Conn, settle func()) *FramePeer {
	p := newFramePeer(tb, c, settle)
	tb.Cleanup(p.end)
	return p
}

func newFramePeer(tb testing.TB, c net.Conn, settle func()) *FramePeer {
	p := &FramePeer{
		FrameWriter: NewFrameWriter(c), Conn: c, tb: tb, settle: settle,
		fr: http2.NewFramer(io.Discard, c), news: make(chan struct{}, 1), done: make(chan struct{}),
		blocks: blocks{dec: hpack.NewDecoder(4096, nil)},
	}
	p.fr.SetMaxReadFrameSize(1<<24 - 1)
	go p.read()
	return p
}

// end closes the connection and waits until nothing reads from it.
func (p *FramePeer) end() {
	p.Conn.Close()
	<-p.done
}

func (p *FramePeer) read() {
	defer close(p.done)
	preface := make([]byte, len(http2.ClientPreface))
	_, err := io.ReadFull(p.Conn, preface)
	if err == nil && string(preface) != http2.ClientPreface {
		err = errors.New("testnet: not the HTTP/2 preface")
		p.tb.Errorf("%v: %q", err, preface)
	}
	for err == nil {
		p.mu.Lock()
		stop := p.stop
		p.mu.Unlock()
		if stop != nil {
			<-stop
		}
		var f http2.Frame
		if f, err = p.fr.ReadFrame(); err == nil {
			p.keep(f)
		} else if illegal(err) {
			p.tb.Errorf("testnet: the client sent what no client may: %v", err)
		}
	}
	p.mu.Lock()
	p.err = err
	p.mu.Unlock()
}

// illegal tells errors of frames from those of the network.
func illegal(err error) bool {
	var conn http2.ConnectionError
	var stream http2.StreamError
	return errors.As(err, &conn) || errors.As(err, &stream) || errors.Is(err, http2.ErrFrameTooLarge)
}

func (p *FramePeer) keep(f http2.Frame) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.blocks.describe(f)
	p.data = append(p.data, d.data...)
	for _, begin := range p.ignore {
		if strings.HasPrefix(d.text, begin) {
			return
		}
	}
	p.frames = append(p.frames, d)
	select {
	case p.news <- struct{}{}:
	default:
	}
}

// Ignore drops frames whose text begins with one of the words, those that have come and those that will: "SETTINGS",
// "WINDOW_UPDATE 3". It replaces what was ignored before.
func (p *FramePeer) Ignore(begins ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ignore = begins
	kept := p.frames[:0]
	for _, f := range p.frames {
		ignored := false
		for _, begin := range begins {
			ignored = ignored || strings.HasPrefix(f.text, begin)
		}
		if !ignored {
			kept = append(kept, f)
		}
	}
	p.frames = kept
}

// Pause makes the peer stop reading, one frame later, until the function it returns is called.
func (p *FramePeer) Pause() (resume func()) {
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

// await returns when ok holds, which is called with the lock, or when it can no longer come to hold. It says whether it
// holds.
func (p *FramePeer) await(ok func() bool) bool {
	look := func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return ok()
	}
	if p.settle != nil {
		p.settle()
		return look()
	}
	timer := time.NewTimer(watchdog)
	defer timer.Stop()
	for !look() {
		select {
		case <-p.news:
		case <-p.done:
			return look()
		case <-timer.C:
			p.tb.Errorf("testnet: nothing within %v", watchdog)
			return false
		}
	}
	return true
}

// take removes the first n frames and returns their texts.
func (p *FramePeer) take(n int) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	n = min(n, len(p.frames))
	texts := make([]string, n)
	for i, f := range p.frames[:n] {
		texts[i] = f.text
	}
	p.frames = p.frames[n:]
	return texts
}

// Got returns the frames that the client has sent since the last look: within a bubble all of them, elsewhere those that
// are there already.
func (p *FramePeer) Got() []string {
	if p.settle != nil {
		p.settle()
	}
	return p.take(1 << 30)
}

// Want wants the client to have sent exactly these frames since the last look; outside of a bubble, these as the next
// ones. A frame that ends with "..." is only a beginning.
func (p *FramePeer) Want(frames ...string) {
	p.tb.Helper()
	n := len(frames)
	if p.await(func() bool { return len(p.frames) >= n }); p.settle != nil {
		n = 1 << 30
	}
	got := p.take(n)
	same := len(got) == len(frames)
	for i := 0; same && i < len(got); i++ {
		same = matches(got[i], frames[i])
	}
	if !same {
		p.tb.Errorf("client sent\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(frames, "\n\t"))
	}
}

// Next waits for the next frame and returns it; "" when the client goes instead.
func (p *FramePeer) Next() string {
	p.await(func() bool { return len(p.frames) > 0 })
	for _, f := range p.take(1) {
		return f
	}
	return ""
}

// Gone wants the client to have closed the connection.
func (p *FramePeer) Gone() {
	p.tb.Helper()
	// Outside of a bubble only the end of read, or the watchdog, ends the wait.
	if !p.await(func() bool { return p.err != nil }) {
		p.tb.Error("the connection is still open")
	}
}

// Request is a request's head.
type Request struct {
	Stream uint32
	End    bool // nothing follows
	Fields []hpack.HeaderField
}

// Field returns the value of the first field with the name, "" for none.
func (r *Request) Field(name string) string {
	for _, f := range r.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// Request waits for the next request and returns its head, passing over all other frames. Its Stream is 0 when the client
// goes instead.
func (p *FramePeer) Request() (r Request) {
	p.await(func() bool {
		for i, f := range p.frames {
			if f.block {
				r = Request{f.stream, f.end, f.fields}
				p.frames = p.frames[i+1:]
				return true
			}
		}
		return false
	})
	return r
}

// Body waits for the end of a stream and returns its DATA, passing over all other frames; what has come when the client
// resets the stream or goes instead.
func (p *FramePeer) Body(stream uint32) string {
	var b []byte
	p.await(func() bool {
		for i, f := range p.frames {
			if f.stream != stream {
				continue
			}
			if b = append(b, f.data...); f.end || strings.HasPrefix(f.text, "RST_STREAM") {
				p.frames = p.frames[i+1:]
				return true
			}
		}
		p.frames = nil
		return false
	})
	return string(b)
}

// Errorf fails the test; scripts in tables have no other way.
func (p *FramePeer) Errorf(format string, args ...any) {
	p.tb.Helper()
	p.tb.Errorf(format, args...)
}

// Received returns the payload of all DATA frames so far.
func (p *FramePeer) Received() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.data[:len(p.data):len(p.data)]
}

// Priority returns the priority in the last HEADERS.
func (p *FramePeer) Priority() http2.PriorityParam {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.blocks.priority
}

// Cut ends the connection with a FIN alone: on TLS there is no close_notify.
func (p *FramePeer) Cut() { closeWrite(p.Conn) }

// Reset ends the connection with a RST.
func (p *FramePeer) Reset() { reset(p.Conn) }
