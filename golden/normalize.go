package golden

import (
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// Normalize takes out of a fingerprint what belongs to the very connection and not to the client: GREASE values become
// the placeholder; server name, authority, Host and path become "*". It modifies f.
func Normalize(f *fingerprint.Fingerprint) {
	hideAuthority(f)
	if f.TLS != nil {
		normalizeHello(f.TLS)
	}
	if f.HTTP1 != nil {
		for i := range f.HTTP1.Requests {
			f.HTTP1.Requests[i].Target = "*"
			hideValues(f.HTTP1.Requests[i].Fields, "host")
		}
	}
	if f.HTTP2 != nil {
		for i := range f.HTTP2.Requests {
			hideValues(f.HTTP2.Requests[i].Fields, ":authority", ":path")
		}
	}
}

// hideValues replaces the values of the named fields by "*".
func hideValues(fields []fingerprint.Field, names ...string) {
	for i := range fields {
		if slices.Contains(names, strings.ToLower(fields[i].Name)) {
			fields[i].Value = "*"
		}
	}
}

func normalizeHello(h *fingerprint.ClientHello) {
	h.CipherSuites = ungrease(h.CipherSuites)
	for i := range h.Extensions {
		e := &h.Extensions[i]
		if e.Type.IsGREASE() {
			e.Type = fingerprint.GREASE
		}
		if e.ServerName != "" {
			e.ServerName = "*"
		}
		e.List = ungrease(e.List)
		for j := range e.Shares {
			if e.Shares[j].Group.IsGREASE() {
				e.Shares[j].Group = fingerprint.GREASE
			}
		}
	}
}

func ungrease(l []fingerprint.ID) []fingerprint.ID {
	for i, id := range l {
		if id.IsGREASE() {
			l[i] = fingerprint.GREASE
		}
	}
	return l
}

// hideAuthority replaces the authority of a connection in Origin and Referer by "*": a test server has another port each
// time.
func hideAuthority(f *fingerprint.Fingerprint) {
	eachFields(f, func(fields []fingerprint.Field) {
		authority := ""
		for _, x := range fields {
			if x.Name == ":authority" || strings.EqualFold(x.Name, "host") {
				authority = x.Value
			}
		}
		for i := range fields {
			if n := strings.ToLower(fields[i].Name); authority != "" && authority != "*" && (n == "origin" || n == "referer") {
				fields[i].Value = strings.Replace(fields[i].Value, "//"+authority, "//*", 1)
			}
		}
	})
}

// eachFields calls do with the field list of every request, whose members it may change.
func eachFields(f *fingerprint.Fingerprint, do func([]fingerprint.Field)) {
	if f.HTTP1 != nil {
		for i := range f.HTTP1.Requests {
			do(f.HTTP1.Requests[i].Fields)
		}
	}
	if f.HTTP2 != nil {
		for i := range f.HTTP2.Requests {
			do(f.HTTP2.Requests[i].Fields)
		}
	}
}
