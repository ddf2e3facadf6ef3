package tlsdial

import (
	"slices"
	"sync"
	"time"

	utls "github.com/refraction-networking/utls"
)

// SessionCache keeps the tickets with which the sessions of one scope can be resumed. A scope is what may share
// sessions: one host and port, reached through one proxy, by one profile with the same certificates and the same
// verification; the owner of the cache sees to that. The zero value is an empty cache; it is safe for concurrent use.
//
// As in browsers, a TLS 1.3 ticket serves one connection (RFC 8446 §C.4) and the two newest are kept. One TLS 1.2 ticket
// is kept and used until a newer one comes, it is an hour old or a handshake with it fails.
type SessionCache struct {
	mu      sync.Mutex
	tickets []*ticket // the newest first
	no13    bool
}

// keep13 and keep12 are how many tickets of a version are kept.
const keep13, keep12 = 2, 1

// take returns the newest ticket of the wanted versions that has not expired, nil for none. It stays in the cache when it
// may be used again.
func (c *SessionCache) take(now time.Time, want13, want12, once12 bool) *ticket {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tickets = slices.DeleteFunc(c.tickets, func(t *ticket) bool { return !now.Before(t.expires) })
	for i, t := range c.tickets {
		if is13 := t.version == utls.VersionTLS13; is13 && want13 || !is13 && want12 {
			if is13 || once12 {
				c.tickets = slices.Delete(c.tickets, i, i+1)
			}
			return t
		}
	}
	return nil
}

// put adds a ticket and forgets the oldest beyond what is kept of its version.
func (c *SessionCache) put(t *ticket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	keep := keep12
	if t.version == utls.VersionTLS13 {
		if keep = keep13; c.no13 {
			return
		}
	}
	c.tickets = slices.DeleteFunc(slices.Insert(c.tickets, 0, t), func(x *ticket) bool {
		if x.version == t.version {
			keep--
		}
		return x.version == t.version && keep < 0
	})
}

// forget takes a ticket out that has failed.
func (c *SessionCache) forget(t *ticket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tickets = slices.DeleteFunc(c.tickets, func(x *ticket) bool { return x == t })
}

// refuse13 forgets the TLS 1.3 tickets and takes no more: the server has no key exchange with a share of the hello, and
// every resumption would end in a HelloRetryRequest.
func (c *SessionCache) refuse13() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.no13 = true
	c.tickets = slices.DeleteFunc(c.tickets, func(t *ticket) bool { return t.version == utls.VersionTLS13 })
}

// Len returns how many tickets are kept, expired ones included.
func (c *SessionCache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.tickets)
}
