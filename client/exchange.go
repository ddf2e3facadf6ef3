package client

import (
	"context"
	"net/http"
	"slices"

	"github.com/wirelike/wirelike/internal/engine"
	"github.com/wirelike/wirelike/internal/plan"
)

type wireKey struct{}

// wire returns what the engine said about the response to a session's request, which travels in the context of
// Response.Request, the one place that survives whatever stands between session and transport.
func wire(res *http.Response) *engine.Response {
	x, _ := res.Request.Context().Value(wireKey{}).(*engine.Response)
	return x
}

// httpResponse makes the standard library's form of a response to r.
func httpResponse(r *http.Request, x *engine.Response, decode bool) *http.Response {
	res := &http.Response{
		StatusCode:    x.Status,
		Proto:         x.Proto,
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        headerMap(x.Fields),
		ContentLength: x.Length,
		TLS:           x.Conn.TLS,
		Request:       r,
	}
	reason := x.Reason
	if reason == "" {
		reason = http.StatusText(x.Status)
	}
	res.Status = status(x.Status, reason)
	switch x.Proto {
	case "HTTP/1.0":
		res.ProtoMinor = 0
	case "HTTP/2.0":
		res.ProtoMajor, res.ProtoMinor = 2, 0
	}
	if plan.From(r.Context()) != nil {
		res.Request = r.WithContext(context.WithValue(r.Context(), wireKey{}, x))
	}
	if x.Status == http.StatusSwitchingProtocols {
		res.Body = x.Body // it also takes writes
		return res
	}
	var codings []string
	if decode && hasBody(r.Method, x) {
		codings = contentCodings(x.Fields)
	}
	if len(codings) > 0 {
		res.Uncompressed, res.ContentLength = true, -1
		delete(res.Header, "Content-Encoding")
		delete(res.Header, "Content-Length")
	}
	res.Body = newBody(r.URL, x.Body, codings, trailerOf(res, x))
	return res
}

func hasBody(method string, x *engine.Response) bool {
	return method != http.MethodHead && x.Status != http.StatusNoContent && x.Status != http.StatusNotModified && x.Length != 0
}

// trailerOf returns the function that fills in res.Trailer when the body has ended. Announced names are there from the
// beginning, as [http.Response] promises.
func trailerOf(res *http.Response, x *engine.Response) func() {
	if x.Trailer == nil {
		return nil
	}
	for _, names := range res.Header["Trailer"] {
		for name := range splitList(names) {
			if res.Trailer == nil {
				res.Trailer = http.Header{}
			}
			res.Trailer[http.CanonicalHeaderKey(name)] = nil
		}
	}
	delete(res.Header, "Trailer")
	return func() {
		fields := x.Trailer()
		if len(fields) > 0 && res.Trailer == nil {
			res.Trailer = http.Header{}
		}
		for _, f := range fields {
			name := http.CanonicalHeaderKey(f.Name)
			res.Trailer[name] = append(res.Trailer[name], f.Value)
		}
	}
}

// headerMap returns the fields without their order. All values share one array.
func headerMap(fields []Field) http.Header {
	h := make(http.Header, len(fields))
	values := make([]string, len(fields))
	for i := range fields {
		name := http.CanonicalHeaderKey(fields[i].Name)
		if have, ok := h[name]; ok {
			h[name] = append(have, fields[i].Value)
			continue
		}
		values[i] = fields[i].Value
		h[name] = values[i : i+1 : i+1]
	}
	return h
}

// response makes the session's form of a response.
func (s *Session) response(res *http.Response) *Response {
	x := wire(res)
	r := &Response{
		StatusCode: res.StatusCode, Proto: res.Proto, Method: res.Request.Method, URL: res.Request.URL,
		Body: res.Body, Length: res.ContentLength, session: s, max: s.maxBody,
	}
	if b, ok := res.Body.(*body); ok && b.dec != nil {
		r.Info.Encodings = b.dec.names
	}
	r.Reason, r.Header, r.trailer = x.Reason, slices.Clip(x.Fields), x.Trailer
	r.Info.Sent, r.Info.Reused, r.Info.Resumed = x.Sent, x.Info.Reused, x.Info.Resumed
	r.Info.RequestHead, r.Info.ResponseHead = int64(x.Info.HeadSent), int64(x.Info.HeadReceived)
	c := x.Conn
	r.Info.TLS, r.Info.LocalAddr, r.Info.RemoteAddr = c.TLS, c.Local, c.Remote
	r.Info.LeftOut, r.Info.Started, r.Info.Reconnects = c.LeftOut, x.Started, x.Tries-1
	if x.Fresh {
		r.Info.Connect, r.Info.Handshake = c.Connect, c.Handshake
	}
	if !x.Info.FirstByte.IsZero() {
		r.Info.FirstByte = x.Info.FirstByte.Sub(x.Started)
	}
	return r
}
