package tlsdial

import (
	"slices"

	utls "github.com/refraction-networking/utls"

	"github.com/wirelike/wirelike/fingerprint"
)

const (
	reasonDelegated = "the TLS stack does not know delegated credentials"
	reasonBoth      = "the TLS stack misreads certificates that bring both an OCSP response and SCTs, the SCTs first"
	reasonBeyond32  = "the TLS stack cannot decompress every certificate chain beyond 32 KiB"
	reasonBeyond64  = "the TLS stack does not read compressed certificate chains beyond 64 KiB"
	reasonExtension = "the TLS stack misreads certificates with extensions that it does not know"
)

// misread tells why a signature over the server's messages may be good although the stack of utls v1.8.2 calls it bad,
// and which extensions of the hello invited the server to what the stack gets wrong; "" when there is no such reason.
//
// The signature covers the Certificate message, which the stack writes anew instead of as it was received: first the OCSP
// response and then the SCTs of the server's own certificate, and nothing else. Or the signature was made with the key of
// a delegated credential and not with that of the certificate. A compressed message is taken as it is.
func misread(s utls.ConnectionState, sent *fingerprint.ClientHello, seen *flight) (reason string, extensions []fingerprint.ID) {
	var sets [][]fingerprint.ID
	known := false
	if seen != nil && seen.secret != nil {
		sets, known = seen.certificateExtensions(s.CipherSuite)
	}
	if !known { // then what the stack says must do, and a credential is possible
		if s.OCSPResponse != nil && len(s.SignedCertificateTimestamps) > 0 {
			return reasonBoth, []fingerprint.ID{fingerprint.ExtStatusRequest, fingerprint.ExtSCT}
		}
		if s.Version != utls.VersionTLS12 && sent.Extension(fingerprint.ExtDelegatedCredential) != nil {
			return reasonDelegated, []fingerprint.ID{fingerprint.ExtDelegatedCredential}
		}
		return "", nil
	}
	var other []fingerprint.ID
	for i, set := range sets {
		if slices.Contains(set, fingerprint.ExtDelegatedCredential) {
			return reasonDelegated, []fingerprint.ID{fingerprint.ExtDelegatedCredential}
		}
		for _, t := range set {
			if (i > 0 || t != fingerprint.ExtStatusRequest && t != fingerprint.ExtSCT) && !slices.Contains(other, t) {
				other = append(other, t)
			}
		}
	}
	if len(other) > 0 {
		return reasonExtension, other
	}
	if len(sets) > 0 && slices.Equal(sets[0], []fingerprint.ID{fingerprint.ExtSCT, fingerprint.ExtStatusRequest}) {
		return reasonBoth, []fingerprint.ID{fingerprint.ExtStatusRequest, fingerprint.ExtSCT}
	}
	return "", nil
}
