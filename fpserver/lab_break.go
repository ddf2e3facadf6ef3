package fpserver

import "net/http"

// How an answer breaks off.
const (
	breakReset = "reset" // HTTP/1.1: the connection with a TCP reset; HTTP/2: the stream with RST_STREAM
	breakClose = "close" // the connection in good order: the close_notify alert of TLS, then FIN
	breakCut   = "cut"   // the connection with FIN, without the alert
)

// breakOff breaks off the answer to a request. It does not return. What has been written must have been flushed; over
// HTTP/2 that does not keep the end of a whole connection from overtaking it.
func breakOff(r *http.Request, how string, connection bool) {
	c, _ := FromContext(r.Context())
	switch {
	case how == breakReset && r.ProtoMajor >= 2 && !connection:
	case how == breakClose:
		c.shut()
	default:
		if l, ok := c.tee.Conn.(interface{ SetLinger(int) error }); ok && how == breakReset {
			l.SetLinger(0) // makes a reset of the close
		}
		c.tee.Close()
	}
	panic(http.ErrAbortHandler)
}

// reset breaks off before the head, or after so many bytes of the body.
func (s *Server) reset(w http.ResponseWriter, r *http.Request) {
	q := readQuery(r)
	how := q.word("end", breakReset, breakClose, breakCut)
	connection := q.flag("connection", false)
	head := q.has("after")
	after := q.number("after", 0, 0, maxLabBody)
	if !q.done(w) {
		return
	}
	if _, err := s.drain(w, r, nil); err != nil {
		return
	}
	if head {
		writeBeginning(w, r, after, after+1000)
	}
	breakOff(r, how, connection)
}

// truncate sends less than it has announced.
func (s *Server) truncate(w http.ResponseWriter, r *http.Request) {
	q := readQuery(r)
	framing := q.word("framing", "length", "chunked", "none")
	ends := []string{breakClose, breakCut, breakReset}
	if framing == "none" {
		ends[0], ends[1] = breakCut, breakClose // which would be a complete answer
	}
	how := q.word("end", ends...)
	n := q.number("n", 1000, 0, maxLabBody)
	sent := q.number("sent", n/2, 0, n)
	if !q.done(w) {
		return
	}
	if _, err := s.drain(w, r, nil); err != nil {
		return
	}
	if r.ProtoMajor >= 2 && how == breakClose {
		if framing == "length" {
			writeBeginning(w, r, sent, n)
			return // the stream ends in good order, too early
		}
		how = breakReset // without a length nothing else would show
	}
	switch framing {
	case "none":
		w.Header().Set("Transfer-Encoding", "identity") // tells net/http to send the body as it is up to the end of the connection
		n = -1
	case "chunked":
		n = -1
	}
	writeBeginning(w, r, sent, n)
	breakOff(r, how, false)
}

// stall stops for a while before the head or within the body, and goes on then.
func (s *Server) stall(w http.ResponseWriter, r *http.Request) {
	q := readQuery(r)
	at := q.word("at", "body", "head")
	d := q.duration("for", maxWait/3, maxWait)
	n := q.number("n", 1000, 0, maxLabBody)
	sent := q.number("sent", n/2, 0, n)
	if !q.done(w) {
		return
	}
	if _, err := s.drain(w, r, nil); err != nil {
		return
	}
	if at == "head" {
		s.wait(r.Context(), d)
		sent = n
	}
	writeBeginning(w, r, sent, n)
	if sent < n {
		s.wait(r.Context(), d)
		if r.Method != http.MethodHead {
			writePattern(w, sent, n)
		}
	}
}

// writeBeginning sends a head that announces n bytes, if that is not negative, and the first bytes of the pattern.
func writeBeginning(w http.ResponseWriter, r *http.Request, sent, n int64) {
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Cache-Control", "no-store")
	if n >= 0 {
		setLength(h, n)
	}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		writePattern(w, 0, sent)
	}
	http.NewResponseController(w).Flush()
}
