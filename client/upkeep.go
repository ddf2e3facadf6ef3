package client

import "context"

// Upkeep asks the server at the other end of each HTTP/2 connection that carries no request for a sign of life, a PING, and waits for
// the answers as long as ctx allows. A connection without an answer in the time that the browser gives is closed, and the error says
// so, so that the next request does not find out. Idle HTTP/1.1 connections have nothing to be asked: their end is noticed when it
// comes. Browsers send such PINGs at times of their own.
func (t *Transport) Upkeep(ctx context.Context) error {
	err := t.init()
	switch {
	case err == nil && ctx == nil:
		err = invalid(ErrInvalidRequest, "no context")
	case err == nil:
		err = t.engine.Upkeep(ctx)
	}
	if err != nil {
		return newError("upkeep", nil, err)
	}
	return nil
}

// Upkeep is [Transport.Upkeep] of the session's transport; with a closed session it is an ErrClosed.
func (s *Session) Upkeep(ctx context.Context) error {
	if s.closed.Load() {
		return newError("upkeep", nil, errSessionClosed())
	}
	return s.transport.Upkeep(ctx)
}
