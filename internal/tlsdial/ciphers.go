package tlsdial

import utls "github.com/refraction-networking/utls"

// Safari offers three CBC suites that utls has, but accepts only after this call, which must come before any handshake.
// What a hello offers does not change, and what it does not offer is not accepted.
func init() { utls.EnableWeakCiphers() }
