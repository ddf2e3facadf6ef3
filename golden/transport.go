package golden

import (
	"net/http"

	"github.com/wirelike/wirelike/fpserver"
)

// RoundTripper makes a [KindSubject] of clients that build returns, one for each connection; see [Verify]. Requests of other
// kinds than navigations end with [ErrKinds] if the client is no [KindRoundTripper].
func RoundTripper(build func(srv *fpserver.Server) http.RoundTripper) KindSubject {
	return &transportSubject{build}
}
