package client

// Kind returns the kind of the errors that curl has the code for, as far as there is one here: the most general, if several
// kinds have the code. Nil: the code is CodeOK, or says nothing about requests over HTTP.
//
// The codes of faults that only curl finds have the kind under which such an error would be: those of its TLS libraries are an
// ErrTLS.
func (c Code) Kind() *Kind {
	for i := range codeKinds {
		if codeKinds[i].code == c {
			return codeKinds[i].kind
		}
	}
	return nil
}

// codeKinds has each code once.
var codeKinds = [...]struct {
	code Code
	kind *Kind
}{
	{CodeUnsupportedProtocol, ErrUnsupportedScheme},
	{CodeURLMalformat, ErrInvalidURL},
	{CodeCouldntResolveHost, ErrDNS},
	{CodeCouldntConnect, ErrConnect},
	{CodeWeirdServerReply, ErrProtocol},
	{CodeRemoteAccessDenied, ErrConnect},
	{CodeHTTP2, ErrHTTP2},
	{CodePartialFile, ErrIncompleteRead},
	{CodeHTTPReturnedError, ErrStatus},
	{CodeReadError, ErrRequestBody},
	{CodeOperationTimedout, ErrTimeout},
	{CodeSSLConnectError, ErrTLS},
	{CodeAbortedByCallback, ErrCanceled},
	{CodeBadFunctionArgument, ErrInvalidRequest},
	{CodeTooManyRedirects, ErrTooManyRedirects},
	{CodeGotNothing, ErrEmptyReply},
	{CodeSSLEngineNotfound, ErrTLS},
	{CodeSSLEngineSetfailed, ErrTLS},
	{CodeSendError, ErrSend},
	{CodeRecvError, ErrTransfer},
	{CodeSSLCertProblem, ErrIdentity},
	{59, ErrTLS}, // SSL_CIPHER
	{CodePeerFailedVerification, ErrCertificate},
	{CodeBadContentEncoding, ErrContentDecoding},
	{CodeFilesizeExceeded, ErrTooLarge},
	{CodeSendFailRewind, ErrBodyNotReplayable},
	{CodeSSLEngineInitfailed, ErrTLS},
	{CodeSSLCACertBadfile, ErrAuthorities},
	{CodeSSLCRLBadfile, ErrTLS},
	{CodeSSLIssuerError, ErrTLS},
	{CodeSSLPinnedPubkeyNotMatch, ErrPinned},
	{CodeSSLInvalidCertStatus, ErrTLS},
	{101, ErrTLS}, // ECH_REQUIRED
	{CodeHTTP2Stream, ErrHTTP2Stream},
	{CodeSSLClientCert, ErrClientCertificate},
}
