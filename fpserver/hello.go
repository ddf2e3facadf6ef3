package fpserver

import (
	"bytes"
	"encoding/binary"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
)

const (
	maxRecords  = 256         // TLS records that are listed per connection
	maxFragment = 1<<14 + 256 // longest TLS record fragment that crypto/tls accepts before encryption, and then some
	recordSize  = 16          // bytes of memory of a fingerprint.Record
	maxPlain    = 4 << 10     // bytes kept of a client that does not speak TLS

	recordHandshake = 22
	helloType       = 1
)

// helloTee is a connection under TLS. It lists the client's records and keeps its ClientHello messages as they pass,
// whatever the pieces that they arrive in: the first and, after a HelloRetryRequest, the second one.
type helloTee struct {
	net.Conn
	mu *sync.Mutex // guards what Capture reads: records, hellos, plain

	records []fingerprint.Record
	hellos  []fingerprint.Hex
	plain   []byte // the first bytes of a client that does not speak TLS

	header    [5]byte // record header in progress
	n         int     // bytes of it
	typ       byte    // content type of the record in progress
	left      int     // bytes of its fragment to come
	begins    bool    // nothing of the fragment has been seen
	message   []byte  // ClientHello in progress
	gathering bool
	seen      bool // a whole record header
	noTLS     bool
	settled   bool // the handshake has ended
	off       bool // nothing more to look at

	hurry   atomic.Bool
	heard   atomic.Int64 // when the client last sent something, in Unix nanoseconds; at first, when it came
	writing atomic.Int64 // since when a write is in progress, in Unix nanoseconds; 0 for none
}

// hurried is how long the close_notify alert may take once the server is closing.
const hurried = 250 * time.Millisecond

// SetWriteDeadline keeps crypto/tls, which allows a close_notify five seconds, from holding up Close.
func (t *helloTee) SetWriteDeadline(d time.Time) error {
	if t.hurry.Load() {
		if soon := time.Now().Add(hurried); d.IsZero() || d.After(soon) {
			d = soon
		}
	}
	return t.Conn.SetWriteDeadline(d)
}

// Write notes that it is in progress: history.watch ends the connection when it does not come to its end. A deadline for
// each write would cost more, and stay behind it.
func (t *helloTee) Write(p []byte) (int, error) {
	t.writing.Store(time.Now().UnixNano())
	defer t.writing.Store(0)
	return t.Conn.Write(p)
}

func (t *helloTee) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	if n > 0 {
		t.heard.Store(time.Now().UnixNano())
		if !t.off {
			t.mu.Lock()
			t.feed(p[:n])
			t.mu.Unlock()
		}
	}
	return n, err
}

// CloseWrite ends the sending half.
func (t *helloTee) CloseWrite() error {
	if c, ok := t.Conn.(*net.TCPConn); ok {
		return c.CloseWrite()
	}
	return net.ErrClosed
}

func (t *helloTee) feed(b []byte) {
	for len(b) > 0 && !t.off {
		if t.noTLS {
			t.keepPlain(b)
			return
		}
		if t.left == 0 {
			k := copy(t.header[t.n:], b)
			t.n += k
			b = b[k:]
			if t.n == len(t.header) {
				t.n = 0
				t.record()
			}
			continue
		}
		k := min(t.left, len(b))
		if t.typ == recordHandshake && !t.settled {
			t.handshake(b[:k])
		}
		t.begins = false
		t.left -= k
		b = b[k:]
	}
}

func (t *helloTee) keepPlain(b []byte) {
	t.plain = append(t.plain, b[:min(len(b), maxPlain-len(t.plain))]...)
	t.off = len(t.plain) == maxPlain
}

// record looks at a whole record header.
func (t *helloTee) record() {
	length := int(binary.BigEndian.Uint16(t.header[3:]))
	t.typ = t.header[0]
	if !t.seen && (t.typ != recordHandshake || length == 0 || length > maxFragment) {
		t.noTLS = true
		t.keepPlain(t.header[:])
		return
	}
	t.seen = true
	if len(t.records) < maxRecords {
		version := fingerprint.ID(binary.BigEndian.Uint16(t.header[1:]))
		t.records = append(t.records, fingerprint.Record{Type: t.typ, Version: version, Length: length})
	}
	t.left, t.begins = length, true
	t.off = t.settled && len(t.records) == maxRecords
}

// handshake gathers ClientHello messages from the fragments of handshake records. The second one comes after a
// ChangeCipherSpec of compatibility mode (RFC 8446 §D.4), where in TLS 1.2 encrypted messages begin; settle tells them
// apart.
func (t *helloTee) handshake(b []byte) {
	if !t.gathering {
		if !t.begins || b[0] != helloType || len(t.hellos) == 2 {
			return
		}
		t.gathering, t.message = true, nil
	}
	t.message = append(t.message, b...)
	if len(t.message) < 4 {
		return
	}
	want := 4 + (int(t.message[1])<<16 | int(t.message[2])<<8 | int(t.message[3]))
	if want > fingerprint.MaxHello {
		t.gathering, t.message = false, nil
		return
	}
	if len(t.message) >= want {
		t.hellos = append(t.hellos, bytes.Clone(t.message[:want]))
		t.gathering, t.message = false, nil
	}
}

// settle is called when the handshake has ended, before anybody else reads. Whether the second candidate is a hello
// follows from the HelloRetryRequest; when the handshake failed before that is known, from its content.
func (t *helloTee) settle(retried, failed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settled, t.gathering, t.message = true, false, nil
	if len(t.hellos) < 2 || retried {
		return
	}
	if failed {
		if _, err := fingerprint.ParseClientHello(t.hellos[1]); err == nil {
			return
		}
	}
	t.hellos = t.hellos[:1]
}

// rest returns the first bytes of a client that does not speak TLS; at the end of the connection also those of a record
// header that is not complete.
func (t *helloTee) rest(end bool) []byte {
	if end && !t.seen && !t.noTLS {
		return t.header[:t.n]
	}
	return t.plain
}

// size is the memory of what is kept, in bytes; of the records, of which more may come, at its most.
func (t *helloTee) size() int {
	n := len(t.plain) + recordSize*maxRecords
	for _, h := range t.hellos {
		n += len(h)
	}
	return n
}
