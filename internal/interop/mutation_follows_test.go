package interop

import (
	"fmt"
	"slices"
	"strings"
)

// stands tells whether the name of another path stands for a change, because the client does not send what was changed and
// only the consequence is on the wire. There are three kinds of that.
func (s *subject) stands(named, want string) bool {
	const ext, te = "tls.extensions.", "http2.requests[0].fields[te]"
	switch {
	case want == ext+"application_settings[0]" || want == ext+"application_settings_old[0]":
		return want == named+"[0]" // a protocol that ALPN does not offer is left out, and with it the extension
	case s.sessions != nil && (want == ext+"supported_versions" || under(want, ext+"supported_versions") || under(want, "tls.cipher_suites")):
		return s.unresumed(named) // without its version and cipher no ticket is used, and the hello of a first visit is the unchanged one
	case want == te+".value":
		return named == te // no other value may be sent (RFC 9113 §8.2.2): the client leaves the field out
	}
	return false
}

// unresumed tells whether a path is named because a hello does not resume.
func (s *subject) unresumed(named string) bool {
	return slices.Contains([]string{"session_ticket", "session_ticket.length", "pre_shared_key", "encrypted_client_hello.payload_length"}, strings.TrimPrefix(named, "tls.extensions."))
}

// follows tells whether what is named is a consequence of the change. It is not held against the check that it names that,
// too, but does not count as the name of the change either.
func (s *subject) follows(named, want string) bool {
	for _, group := range s.profile.Vary.Equal {
		if slices.Contains(group, named) && slices.Contains(group, want) {
			return true // blamed for the difference between the two
		}
	}
	list, _, _ := strings.Cut(want, "[")
	const ext, request = "tls.extensions.", "http2.requests[0]"
	switch {
	case named == strings.TrimSuffix(want, ".value")+".form":
		return true // the form follows from the value
	case named == list+".data":
		return true // a list without members is malformed, and its bytes are named, too
	case named == list && (list == ext+"application_settings" || list == ext+"application_settings_old"):
		return true // it is left out with the last protocol that ALPN offers
	case named == request+".fields[te]" && under(want, named):
		return true // no other value may be sent (RFC 9113 §8.2.2)
	case named == request+".after[0].stream" && want == request+".stream":
		return true
	case strings.HasPrefix(want, "http2.opening["):
		last := fmt.Sprintf("http2.opening[%d]", len(s.profile.First.HTTP2.Opening))
		return named == "http2.requests" || strings.HasPrefix(named, request) || named == last // the server hung up on it, which was answered
	case s.sessions != nil && (strings.HasPrefix(want, ext+"supported_versions") || strings.HasPrefix(want, "tls.cipher_suites")): // no resumption without its version and cipher
		return s.unresumed(named)
	}
	return false
}
