package h2

// holder is a connection that can keep what is written to it back for a moment, to write it at once.
type holder interface {
	// Hold keeps what is written from now on, as far as there is room.
	Hold()
	// Release writes what was kept.
	Release() error
}

// hold keeps the DATA frames that are ready together: a record each, as the browser writes them, but one system call for
// several.
func (c *Conn) hold() {
	if c.holder != nil && !c.held {
		c.held = true
		c.holder.Hold()
	}
}

// letGo writes what is held, if anything is.
func (c *Conn) letGo() {
	if c.held {
		c.held = false
		c.unlockedWrite(c.holder.Release)
	}
}
