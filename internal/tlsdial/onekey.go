package tlsdial

import (
	"reflect"
	"unsafe"

	utls "github.com/refraction-networking/utls"
)

// buildStatus is the place of the field clientHelloBuildStatus in a [utls.UConn], which has no accessor.
//
// With X25519MLKEM768, utls v1.8.2 computes two X25519 shared secrets in establishHandshakeKeys
// (handshake_client_tls13.go): one with keyShareKeys.ecdhe, as crypto/tls does, and, if the status is BuildByUtls,
// another with keyShareKeys.mlkemEcdhe (lines 612 to 617, and 632 to 637 for the Kyber draft), by which it replaces the
// first. That is for callers who leave the key of another share in ecdhe. wire.look never does: it has put the X25519
// key of the hybrid share there before utls takes the keys, so both secrets are the same and the second, some 30 µs, is
// wasted.
//
// wire.look sets the status to BuildByGoTLS when the first ServerHello selects the hybrid group, and [newConn] puts it
// back. In between utls reads it in two more places, lines 80 and 457 of the file, both only with an ECH that it has
// sealed itself, which it never does here: our ECH extension is bytes to it. What comes before the ServerHello, the hello
// and the lookup of sessions, is over. The other situations are left alone:
//
//   - X25519, P-256 or another group alone: utls computes one secret, of ecdhe, whatever the status.
//   - HelloRetryRequest: the key is a new one of utls' own, or after a mere cookie still that in mlkemEcdhe.
//   - TLS 1.2: there is no share. A ServerHello with one all the same fails, or the status is back before a renegotiation,
//     which reads it, can begin.
//   - Resumption with pre_shared_key: the same as at a first visit, since the key exchange is.
//   - The neutral client has BuildByGoTLS from the start.
//
// Without such a field nothing is set, and the second secret is computed.
var buildStatus = findStatus(reflect.TypeFor[utls.UConn](), "clientHelloBuildStatus")

// statusField is the place of a field of type [utls.ClientHelloBuildStatus]; the zero value: there is none.
type statusField struct {
	offset uintptr
	found  bool
}

// findStatus looks for a field of that name in a struct itself, not in what it embeds.
func findStatus(structure reflect.Type, name string) statusField {
	f, ok := structure.FieldByName(name)
	if !ok || len(f.Index) != 1 || f.Type != reflect.TypeFor[utls.ClientHelloBuildStatus]() {
		return statusField{}
	}
	return statusField{f.Offset, true}
}

// of returns the field of u, nil if there is none.
func (f statusField) of(u *utls.UConn) *utls.ClientHelloBuildStatus {
	if !f.found {
		return nil
	}
	return (*utls.ClientHelloBuildStatus)(unsafe.Add(unsafe.Pointer(u), f.offset))
}

// oneKey makes utls compute one X25519 secret for a hybrid share whose key is in Ecdhe.
func (w *wire) oneKey() {
	if status := w.status.of(w.u); status != nil && *status == utls.BuildByUtls {
		*status = utls.BuildByGoTLS
		w.one = true
	}
}

// handshaken undoes oneKey.
func (w *wire) handshaken() {
	if w.one {
		*w.status.of(w.u) = utls.BuildByUtls
		w.one = false
	}
}
