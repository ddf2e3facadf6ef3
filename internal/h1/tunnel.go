package h1

import "io"

// tunnel hands the connection over to another protocol: the response's body is its two directions.
func (x *exchange) tunnel() {
	c := x.c
	if x.stop != nil {
		x.stop()
	}
	close(c.watch)
	x.resp.Body = &stream{c: c}
}

// stream is a connection after its last HTTP/1.1 message.
type stream struct{ c *Conn }

var _ io.ReadWriteCloser = (*stream)(nil)

// Read returns first what came together with the response.
func (s *stream) Read(p []byte) (int, error) {
	in := &s.c.in
	if in.buffered() > 0 {
		return in.Read(p)
	}
	in.release()
	return s.c.conn.Read(p)
}

func (s *stream) Write(p []byte) (int, error) { return s.c.conn.Write(p) }

// Close closes the connection. It may be called while Read or Write wait.
func (s *stream) Close() error { return s.c.shut(nil, ErrClosed) }
