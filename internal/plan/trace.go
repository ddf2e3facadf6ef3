package plan

import (
	"net/http/httptrace"
	"net/textproto"

	"github.com/wirelike/wirelike/fingerprint"
)

// WroteHead calls the hooks of t for a head that has been written.
func WroteHead(t *httptrace.ClientTrace, fields []fingerprint.Field) {
	if t.WroteHeaderField != nil {
		for _, f := range fields {
			t.WroteHeaderField(f.Name, []string{f.Value})
		}
	}
	if t.WroteHeaders != nil {
		t.WroteHeaders()
	}
}

// Got1xx calls the hook of t for an interim response; an error is to end the request.
func Got1xx(t *httptrace.ClientTrace, status int, fields []fingerprint.Field) error {
	if t.Got1xxResponse == nil {
		return nil
	}
	h := make(textproto.MIMEHeader, len(fields))
	for _, f := range fields {
		h.Add(f.Name, f.Value)
	}
	return t.Got1xxResponse(status, h)
}
