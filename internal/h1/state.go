package h1

import "time"

// past is a deadline that ends every wait.
var past = time.Unix(1, 0)

// Close closes the connection at once. A request under way, or the reader of its response, gets [ErrClosed].
func (c *Conn) Close() error { return c.shut(nil, ErrClosed) }

// idle makes the connection available and says so to its owner. It returns false when the connection is closed.
func (c *Conn) idle() bool {
	c.mu.Lock()
	if c.state == closed {
		c.mu.Unlock()
		return false
	}
	c.state, c.x = idle, nil
	c.notifying++
	c.mu.Unlock()
	if c.opts.OnIdle != nil {
		c.opts.OnIdle(c)
	}
	c.mu.Lock()
	c.notifying--
	late := c.state == closed && c.notifying == 0
	c.mu.Unlock()
	if late {
		c.notifyClose()
	}
	return true
}

func (c *Conn) notifyClose() {
	if c.opts.OnClose != nil {
		c.opts.OnClose(c)
	}
}

// shut ends the connection for the given reason, if x is under way, or whatever is when x is nil. Only the first call
// counts.
func (c *Conn) shut(x *exchange, reason error) error {
	c.mu.Lock()
	if c.state == closed || x != nil && c.x != x {
		c.mu.Unlock()
		return nil
	}
	x = c.x
	c.state, c.x, c.err = closed, nil, reason
	notify := c.notifying == 0 // else OnClose would overtake OnIdle
	c.mu.Unlock()
	close(c.done)
	// The deadline wakes whoever waits in Read or Write; Close itself may take its time to say goodbye (TLS).
	c.conn.SetDeadline(past)
	if x != nil && x.stop != nil {
		x.stop()
	}
	if x != nil && x.out.done != nil {
		x.out.abandon()
	}
	if notify {
		c.notifyClose()
	}
	return c.conn.Close()
}

// reason returns why the connection is closed, nil while it is not.
func (c *Conn) reason() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// writeFailed notes that the request of x cannot be written any more. A response may still come, or be on its way.
func (c *Conn) writeFailed(x *exchange, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	x.werr = err
	if c.state != closed && c.x == x && !c.headed {
		c.conn.SetReadDeadline(time.Now().Add(lastWord))
	}
}
