package h2

import "context"

// Ping asks the server for a sign of life and waits for it. Without one in the time that the browser allows, the connection is
// closed. A PING that is in flight already is the one that is waited for. Errors are *ConnError or the cause of ctx.
func (c *Conn) Ping(ctx context.Context) error {
	c.mu.Lock()
	if c.err != nil {
		defer c.mu.Unlock()
		return c.err
	}
	p, timeout := &c.ping, c.policy.keep.timeout
	if !p.wait {
		c.sendPing(c.age())
	}
	if p.armed {
		p.timer.Reset(timeout) // it may have been set for later
	} else {
		c.arm(timeout)
	}
	answered := make(chan struct{})
	p.asked = append(p.asked, answered)
	c.mu.Unlock()
	select {
	case <-answered:
	case <-ctx.Done():
		return cancelled(ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// answer wakes those who wait for a PING: it was answered, or never will be.
func (p *pinger) answer() {
	for _, waiting := range p.asked {
		close(waiting)
	}
	p.asked = nil
}
