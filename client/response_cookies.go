package client

// Cookies returns the cookies that this response alone sets, in the order of its lines, as the session's jar reads them
// (RFC 6265bis §5.6 and §5.7): each has the domain and path that it is for, Max-Age and Expires are counted from now, and what
// may not be set, or is deleted, is missing. They are copies: the session keeps its own, if it keeps any; see [Session.Jar].
// The lines as they came are those of the field Set-Cookie in Header.
func (r *Response) Cookies() []Cookie {
	lines := r.Header.Values("Set-Cookie")
	if len(lines) == 0 {
		return nil
	}
	j := NewJar(nil)
	if r.session != nil {
		j = r.session.blankJar()
	}
	j.Store(r.URL, lines)
	return j.snapshot()
}

// blankJar returns a jar that reads what servers set as the session's own does.
func (s *Session) blankJar() *Jar {
	if s.jar != nil {
		s.jar.init()
		return NewJar(&s.jar.options)
	}
	return NewJar(&JarOptions{Now: s.now, Rules: s.transport.cookieRules()})
}
