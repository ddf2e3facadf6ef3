package h1

import (
	"net/http/httptrace"

	"github.com/wirelike/wirelike/internal/plan"
)

// The hooks of net/http/httptrace that only the connection can call, in the order in which net/http calls them. Without a
// trace each costs one comparison.

// wroteHead is called when the head has been written.
func (x *exchange) wroteHead() {
	if t := x.req.Trace; t != nil {
		plan.WroteHead(t, x.req.Fields)
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
	return plan.Got1xx(t, x.resp.Status, x.resp.Fields)
}
