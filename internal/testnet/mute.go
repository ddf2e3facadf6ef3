package testnet

import (
	"io"
	"net"
	"time"
)

// Mute is a connection that keeps what is written and hangs up on the first read: enough to see a hello without a
// network. It is for one goroutine, and has no addresses.
type Mute struct {
	net.Conn // nil
	Sent     []byte
}

// Write implements [net.Conn].
func (c *Mute) Write(b []byte) (int, error) { c.Sent = append(c.Sent, b...); return len(b), nil }

// Read implements [net.Conn].
func (c *Mute) Read([]byte) (int, error) { return 0, io.EOF }

// Close implements [net.Conn].
func (c *Mute) Close() error { return nil }

// SetDeadline implements [net.Conn].
func (c *Mute) SetDeadline(time.Time) error { return nil }

// SetReadDeadline implements [net.Conn].
func (c *Mute) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements [net.Conn].
func (c *Mute) SetWriteDeadline(time.Time) error { return nil }
