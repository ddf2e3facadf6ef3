package h1

import (
	"io"
	"net"
	"sync"
	"time"
)

// canned is a connection in memory that, once written to, delivers its data and then ends.
type canned struct {
	mu     sync.Mutex
	data   string
	begin  chan struct{} // closed by the first Write, or by Close
	begun  bool
	closed bool
}

func newCanned(data string) *canned { return &canned{data: data, begin: make(chan struct{})} }

// start lets Read go on.
func (c *canned) start() {
	if !c.begun {
		c.begun = true
		close(c.begin)
	}
}

func (c *canned) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, net.ErrClosed
	}
	c.start()
	return len(p), nil
}

func (c *canned) Read(p []byte) (int, error) {
	<-c.begin
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.data == "" || c.closed {
		return 0, io.EOF
	}
	n := copy(p, c.data)
	c.data = c.data[n:]
	return n, nil
}

func (c *canned) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.start()
	return nil
}

func (c *canned) LocalAddr() net.Addr              { return nil }
func (c *canned) RemoteAddr() net.Addr             { return nil }
func (c *canned) SetDeadline(time.Time) error      { return nil }
func (c *canned) SetReadDeadline(time.Time) error  { return nil }
func (c *canned) SetWriteDeadline(time.Time) error { return nil }
