package engine

import (
	"context"
	"errors"
	"sync"
)

// Upkeep sends a PING on each HTTP/2 connection that carries no request and waits for the answers. One that does not answer is
// closed, and why is part of the error. Over HTTP/1.1 there is nothing to ask: the end of an idle connection shows by itself.
func (e *Engine) Upkeep(ctx context.Context) error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return ErrClosed
	}
	var quiet []*Conn
	for _, h := range e.hosts {
		for _, c := range h.conns {
			if c.h2 != nil && c.active == 0 && !c.leaving {
				quiet = append(quiet, c)
			}
		}
	}
	e.mu.Unlock()
	errs := make([]error, len(quiet))
	var wg sync.WaitGroup
	for i, c := range quiet {
		wg.Go(func() { errs[i] = c.h2.Ping(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}
