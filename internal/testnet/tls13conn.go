package testnet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// Conn13 is a connection of a [TLS13] server. Read and Write carry application data; one goroutine may read while another
// writes.
type Conn13 struct {
	net.Conn
	in, out half13
	limit   int // of what the client may put into a record, its content type included; 0: the protocol's
	pending []byte

	mu      sync.Mutex
	records []int
}

// maxPlain13 is how many bytes of content a record has at most.
const maxPlain13 = 1 << 14

// Records returns how many bytes of application data each record of the client had.
func (c *Conn13) Records() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]int(nil), c.records...)
}

// Read implements [net.Conn]. An alert of the client is io.EOF.
func (c *Conn13) Read(b []byte) (int, error) {
	for len(c.pending) == 0 {
		typ, content, err := c.readRecord()
		switch {
		case err != nil:
			return 0, err
		case typ == recordAlert:
			return 0, io.EOF
		case typ != recordData:
			return 0, fmt.Errorf("testnet: record of type %d", typ)
		}
		c.mu.Lock()
		c.records = append(c.records, len(content))
		c.mu.Unlock()
		c.pending = content
	}
	n := copy(b, c.pending)
	c.pending = c.pending[n:]
	return n, nil
}

// Write implements [net.Conn].
func (c *Conn13) Write(b []byte) (int, error) { return len(b), c.writeRecords(recordData, b) }

// Close says close_notify and closes the connection.
func (c *Conn13) Close() error {
	c.writeRecords(recordAlert, []byte{1, 0})
	return c.Conn.Close()
}

// writeRecords writes content in as many records as it takes, encrypted once there is a key.
func (c *Conn13) writeRecords(typ byte, content []byte) error {
	var out []byte
	for len(content) > 0 {
		n := min(len(content), maxPlain13)
		plain := append(append([]byte(nil), content[:n]...), typ)
		content = content[n:]
		if c.out.aead == nil {
			out = append(append(out, typ, 3, 3, byte(n>>8), byte(n)), plain[:n]...)
			continue
		}
		sealed := len(plain) + c.out.aead.Overhead()
		head := []byte{recordData, 3, 3, byte(sealed >> 8), byte(sealed)}
		out = c.out.aead.Seal(append(out, head...), c.out.nonce(), plain, head)
	}
	_, err := c.Conn.Write(out)
	return err
}

// readRecord returns type and content of the next encrypted record.
func (c *Conn13) readRecord() (typ byte, content []byte, err error) {
	for {
		var head [5]byte
		if _, err := io.ReadFull(c.Conn, head[:]); err != nil {
			return 0, nil, err
		}
		b := make([]byte, binary.BigEndian.Uint16(head[3:]))
		if _, err := io.ReadFull(c.Conn, b); err != nil {
			return 0, nil, err
		}
		switch head[0] {
		case 20: // change_cipher_spec of the compatibility mode
			continue
		case recordAlert:
			return 0, nil, fmt.Errorf("alert in clear: % x", b)
		}
		plain, err := c.in.aead.Open(b[:0], c.in.nonce(), b, head[:])
		if err != nil {
			return 0, nil, err
		}
		for len(plain) > 0 && plain[len(plain)-1] == 0 {
			plain = plain[:len(plain)-1]
		}
		if len(plain) == 0 {
			return 0, nil, errors.New("record without content type")
		}
		if c.limit > 0 && len(plain) > c.limit {
			c.writeRecords(recordAlert, []byte{2, alertRecordOverflow})
			return 0, nil, fmt.Errorf("record of %d bytes, at most %d", len(plain), c.limit)
		}
		return plain[len(plain)-1], plain[:len(plain)-1], nil
	}
}

// hello13 is what the server wants to know of a ClientHello.
type hello13 struct {
	session      []byte
	x25519       []byte
	types        []uint16 // of the extensions
	compressions []uint16 // of certificates
	limit        int
}

func (h *hello13) offers(typ uint16) bool {
	for _, t := range h.types {
		if t == typ {
			return true
		}
	}
	return false
}

// reader13 takes a message apart; after an underflow all it returns is empty, and bad is set.
type reader13 struct {
	b   []byte
	bad bool
}

func (r *reader13) bytes(n int) []byte {
	if n > len(r.b) {
		r.b, r.bad = nil, true
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

// vector returns what has a length of width bytes before it.
func (r *reader13) vector(width int) reader13 {
	n := 0
	for _, x := range r.bytes(width) {
		n = n<<8 | int(x)
	}
	return reader13{b: r.bytes(n)}
}

func (r *reader13) uint16() uint16 {
	if b := r.bytes(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func parseHello13(msg []byte) (h hello13, err error) {
	r := reader13{b: msg}
	r.bytes(4 + 2 + 32)
	session := r.vector(1)
	h.session = session.b
	r.vector(2)
	r.vector(1)
	extensions := r.vector(2)
	for len(extensions.b) > 0 {
		typ := extensions.uint16()
		body := extensions.vector(2)
		h.types = append(h.types, typ)
		switch typ {
		case extKeyShare:
			for list := body.vector(2); len(list.b) > 0; {
				group := list.uint16()
				if key := list.vector(2); group == 29 {
					h.x25519 = key.b
				}
			}
		case extCompressCert:
			for list := body.vector(1); len(list.b) > 0; {
				h.compressions = append(h.compressions, list.uint16())
			}
		case extRecordSizeLimit:
			h.limit = int(body.uint16())
		}
	}
	if r.bad || extensions.bad || h.x25519 == nil {
		return h, errors.New("not a hello with a share of X25519")
	}
	return h, nil
}
