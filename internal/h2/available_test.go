package h2

// Available reports whether another request could be sent now, without waiting.
func (c *Conn) Available() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refusal() == nil && c.waiting.n == 0 && c.mayOpen()
}
