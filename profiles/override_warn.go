package profiles

import (
	"fmt"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// Warnings says, one sentence each, where the wire will not always be what the JA3 of the override says, and what may
// end a connection. It is nil for a JA3 that [Profile.With] refuses.
func (o *Override) Warnings() (out []string) {
	h, err := fingerprint.ParseJA3(o.JA3)
	if o.JA3 == "" || err != nil {
		return nil
	}
	warn := func(format string, args ...any) { out = append(out, "ja3: "+fmt.Sprintf(format, args...)) }
	if hasGREASE(h) {
		warn("GREASE values do not belong into it: they are drawn anew for every connection, in BoringSSL's places")
	}
	for _, e := range h.Extensions {
		switch e.Type {
		case fingerprint.ExtPadding:
			warn("padding (21) is only sent when the hello would have 256 to 511 bytes without it")
		case fingerprint.ExtPreSharedKey:
			warn("pre_shared_key (41) is only sent by a connection that resumes a session")
		case maxFragmentLength, encryptThenMAC, postHandshakeAuth:
			warn("a server that takes up %s (%d) ends the connection: the TLS stack cannot do it", fingerprint.ExtensionName(e.Type), e.Type)
		}
	}
	if strings.HasSuffix(o.JA3, ",") && h.Extension(fingerprint.ExtECPointFormats) != nil {
		warn("the list of point formats is empty: 0 is sent")
	}
	if o.TLSPermuteExtensions != nil && *o.TLSPermuteExtensions {
		warn("with tls_permute_extensions every connection has another one")
	}
	return out
}
