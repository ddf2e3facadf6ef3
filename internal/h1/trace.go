package h1

import (
	"net/http/httptrace"
	"net/textproto"
)

// The hooks of net/http/httptrace that only the connection can call, in the order in which net/http calls them. Without a
// trace each costs one comparison.

// wroteHead is called when the head has been written.
func (x *exchange) wroteHead() {
	t := x.req.Trace
	if t == nil {
		return
	}
	if t.WroteHeaderField != nil {
		for _, f := range x.req.Fields {
			t.WroteHeaderField(f.Name, []string{f.Value})
		}
	}
	if t.WroteHeaders != nil {
		t.WroteHeaders()
	}
}

// wroteRequest is called when nothing of the request will be written any more.
func (x *exchange) wroteRequest(err error) {
	if t := x.req.Trace; t != nil && t.WroteRequest != nil {
		t.WroteRequest(httptrace.WroteRequestInfo{Err: err})
	}
}

// wrote is called for a request that was one write.
func (x *exchange) wrote(err error) {
	if err == nil {
		x.wroteHead()
	}
	x.wroteRequest(err)
}

// waits is called when the body begins to wait for the server's word.
func (x *exchange) waits() {
	if t := x.req.Trace; t != nil && t.Wait100Continue != nil {
		t.Wait100Continue()
	}
}

// firstByte is called when something of a response has come.
func (x *exchange) firstByte() {
	if t := x.req.Trace; t != nil && t.GotFirstResponseByte != nil {
		t.GotFirstResponseByte()
	}
}

// interim is called for each interim response. An error of the hook ends the request.
func (x *exchange) interim() error {
	t := x.req.Trace
	if t == nil {
		return nil
	}
	if x.resp.Status == 100 && x.out.gate != nil && t.Got100Continue != nil { // it was waited for
		t.Got100Continue()
	}
	if t.Got1xxResponse == nil {
		return nil
	}
	h := make(textproto.MIMEHeader, len(x.resp.Fields))
	for _, f := range x.resp.Fields {
		h.Add(f.Name, f.Value)
	}
	return t.Got1xxResponse(x.resp.Status, h)
}
