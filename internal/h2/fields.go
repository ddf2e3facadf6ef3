package h2

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/plan"
)

// validName reports whether a field name obeys RFC 9113 §8.2.1: visible ASCII, no upper case, no colon.
func validName(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == ':' || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return s != ""
}

// validValue reports whether a field value could not be taken for more than one field.
func validValue(s string) bool {
	return strings.IndexByte(s, 0) < 0 && strings.IndexByte(s, '\r') < 0 && strings.IndexByte(s, '\n') < 0
}

// connectionField reports whether a field belongs to HTTP/1.1 connections only (RFC 9113 §8.2.2).
func connectionField(name string) bool {
	switch name {
	case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade":
		return true
	}
	return false
}

// checkRequest refuses a request that would be malformed. Its pseudo-header fields are not looked at: which ones there
// are, and in which order, is the caller's choice.
func checkRequest(r *plan.Request) error {
	if err := checkPriority(r.Priority); err != nil {
		return err
	}
	regular := false
	for i := range r.Fields {
		f := &r.Fields[i]
		name, pseudo := strings.CutPrefix(f.Name, ":")
		switch {
		case pseudo && regular:
			return fmt.Errorf("h2: pseudo-header field %q after others", f.Name)
		case !validName(name):
			return fmt.Errorf("h2: field name %q", f.Name)
		case !validValue(f.Value):
			return fmt.Errorf("h2: value of field %q", f.Name)
		case connectionField(f.Name):
			return fmt.Errorf("h2: field %q does not exist in HTTP/2", f.Name)
		}
		regular = !pseudo
	}
	return nil
}

func checkPriority(p *fingerprint.Priority) error {
	if p != nil && (p.Weight < 1 || p.Weight > 256) {
		return fmt.Errorf("h2: weight %d", p.Weight)
	}
	return nil
}

// badResponseField says what is wrong with a field of a response, or nothing.
func badResponseField(name, value string) string {
	switch {
	case !validName(name):
		return "field name " + strconv.Quote(name)
	case !validValue(value):
		return "value of field " + strconv.Quote(name)
	case connectionField(name):
		return "field " + strconv.Quote(name) + " does not exist in HTTP/2"
	}
	return ""
}

// trimSpace removes white space around a value. RFC 9113 §8.2.1 calls such a response malformed, but servers send them,
// and browsers read them.
func trimSpace(s string) string { return strings.Trim(s, " \t") }

// contentLength returns the declared length of a body, -1 for none. Several fields must agree.
func contentLength(fields []fingerprint.Field) (n int64, ok bool) {
	n = -1
	for i := range fields {
		if fields[i].Name != "content-length" {
			continue
		}
		v, err := strconv.ParseUint(fields[i].Value, 10, 63)
		if err != nil || n >= 0 && n != int64(v) {
			return 0, false
		}
		n = int64(v)
	}
	return n, true
}
