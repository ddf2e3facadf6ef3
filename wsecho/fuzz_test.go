package wsecho

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// piped is a ResponseWriter over one end of a pipe.
type piped struct {
	http.ResponseWriter // nil: only the methods below are called
	header              http.Header
	conn                net.Conn
}

func (p *piped) Header() http.Header { return p.header }
func (p *piped) WriteHeader(int)     {}
func (p *piped) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return p.conn, bufio.NewReadWriter(bufio.NewReader(p.conn), bufio.NewWriter(p.conn)), nil
}

// FuzzFrames: whatever a client sends after its handshake, the handler returns when the client has gone, and holds no
// memory then.
func FuzzFrames(f *testing.F) {
	for _, row := range frameRows {
		if b := strings.Join(row.send, ""); len(b) < 1000 {
			f.Add([]byte(b))
		}
	}
	h, err := New(&Options{MaxMessage: 1 << 16, Compression: true})
	if err != nil {
		f.Fatal(err)
	}
	h.linger = patience
	f.Fuzz(func(t *testing.T, b []byte) {
		ours, theirs := net.Pipe()
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(handshake + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n")))
		if err != nil {
			t.Fatal(err)
		}
		returned := make(chan struct{})
		go func() {
			defer close(returned)
			h.ServeHTTP(&piped{header: http.Header{}, conn: theirs}, r)
		}()
		read := make(chan struct{})
		go func() {
			defer close(read)
			io.Copy(io.Discard, ours)
		}()
		ours.SetWriteDeadline(time.Now().Add(patience))
		ours.Write(b)
		ours.Close()
		wait(t, returned)
		<-read
		if n := h.memory.used.Load(); n != 0 {
			t.Errorf("%d bytes are still counted", n)
		}
	})
}
