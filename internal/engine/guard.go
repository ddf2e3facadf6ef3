package engine

import (
	"context"
	"net"
	"net/netip"
	"syscall"
)

// takeTwin returns a connection for a request that is guarded from those that are not, if its address is let through, and
// the other way round.
func (e *Engine) takeTwin(k key, after *Conn) *Conn {
	k.guarded = !k.guarded
	h := e.hosts[k]
	switch {
	case h == nil:
		return nil
	case k.guarded:
		return h.take(after, nil)
	}
	return h.take(after, func(c *Conn) bool { return e.letsThrough(c.Remote) == nil })
}

// letsThrough asks the guard about an address. One that is no IP address cannot be judged.
func (e *Engine) letsThrough(addr netip.AddrPort) error {
	if e.cfg.Guard == nil {
		return errNoGuard
	}
	return e.cfg.Guard(addr.Addr())
}

// dialTCP makes a TCP connection. For a guarded key the address is judged before anything is sent to it, so that it does not
// matter what its name is said to be next time; what a caller's own DialContext has connected to, afterwards.
func (e *Engine) dialTCP(ctx context.Context, k key) (net.Conn, error) {
	if !k.guarded {
		return e.dialContext(ctx, k.addr, nil)
	}
	nc, err := e.dialContext(ctx, k.addr, func(_, address string, _ syscall.RawConn) error {
		addr, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return e.letsThrough(addr)
	})
	if err != nil {
		return nil, err
	}
	if err := e.letsThrough(addrPort(nc.RemoteAddr())); err != nil {
		nc.Close()
		return nil, err
	}
	return nc, nil
}

func (e *Engine) dialContext(ctx context.Context, addr string, control func(network, address string, c syscall.RawConn) error) (net.Conn, error) {
	if e.cfg.DialContext != nil {
		return e.cfg.DialContext(ctx, "tcp", addr)
	}
	return (&net.Dialer{Control: control}).DialContext(ctx, "tcp", addr)
}
