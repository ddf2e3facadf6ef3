package tlsdial

import (
	"container/list"
	"sync"
)

// Caches are the session caches of many scopes, of which the least recently used are forgotten beyond [MaxScopes]. The
// zero value is empty; it is safe for concurrent use.
type Caches struct {
	mu     sync.Mutex
	scopes map[string]*list.Element
	recent list.List // of *scope, the last used at the front
}

// MaxScopes is how many scopes [Caches] remembers.
const MaxScopes = 256

type scope struct {
	key   string
	cache SessionCache
}

// Cache returns the cache of the scope with that key, a new one if it is not known (any more). The caller makes the key
// of all that makes a scope; see [SessionCache].
func (c *Caches) Cache(key string) *SessionCache {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.scopes[key]; e != nil {
		c.recent.MoveToFront(e)
		return &e.Value.(*scope).cache
	}
	if c.scopes == nil {
		c.scopes = map[string]*list.Element{}
	}
	s := &scope{key: key}
	c.scopes[key] = c.recent.PushFront(s)
	if c.recent.Len() > MaxScopes {
		delete(c.scopes, c.recent.Remove(c.recent.Back()).(*scope).key)
	}
	return &s.cache
}
