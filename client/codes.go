package client

import "strconv"

// Code is a number of curl's error table (CURLcode, curl/curl.h), so that scripts and logs written for curl read on. An
// [Error] has the code of its kind; CodeOK stands for an error that curl does not have.
type Code int

// The codes that this package can return; names as in curl/curl.h without the prefix CURLE.
const (
	CodeOK                     Code = 0
	CodeUnsupportedProtocol    Code = 1
	CodeURLMalformat           Code = 3
	CodeCouldntResolveHost     Code = 6
	CodeCouldntConnect         Code = 7
	CodeWeirdServerReply       Code = 8
	CodeHTTP2                  Code = 16
	CodePartialFile            Code = 18
	CodeHTTPReturnedError      Code = 22
	CodeReadError              Code = 26
	CodeOperationTimedout      Code = 28
	CodeSSLConnectError        Code = 35
	CodeAbortedByCallback      Code = 42
	CodeBadFunctionArgument    Code = 43
	CodeTooManyRedirects       Code = 47
	CodeGotNothing             Code = 52
	CodeSendError              Code = 55
	CodeRecvError              Code = 56
	CodePeerFailedVerification Code = 60
	CodeBadContentEncoding     Code = 61
	CodeFilesizeExceeded       Code = 63
	CodeSendFailRewind         Code = 65
	CodeHTTP2Stream            Code = 92
	CodeSSLClientCert          Code = 98
)

var codeNames = map[Code]string{
	CodeOK:                     "OK",
	CodeUnsupportedProtocol:    "UNSUPPORTED_PROTOCOL",
	CodeURLMalformat:           "URL_MALFORMAT",
	CodeCouldntResolveHost:     "COULDNT_RESOLVE_HOST",
	CodeCouldntConnect:         "COULDNT_CONNECT",
	CodeWeirdServerReply:       "WEIRD_SERVER_REPLY",
	CodeHTTP2:                  "HTTP2",
	CodePartialFile:            "PARTIAL_FILE",
	CodeHTTPReturnedError:      "HTTP_RETURNED_ERROR",
	CodeReadError:              "READ_ERROR",
	CodeOperationTimedout:      "OPERATION_TIMEDOUT",
	CodeSSLConnectError:        "SSL_CONNECT_ERROR",
	CodeAbortedByCallback:      "ABORTED_BY_CALLBACK",
	CodeBadFunctionArgument:    "BAD_FUNCTION_ARGUMENT",
	CodeTooManyRedirects:       "TOO_MANY_REDIRECTS",
	CodeGotNothing:             "GOT_NOTHING",
	CodeSendError:              "SEND_ERROR",
	CodeRecvError:              "RECV_ERROR",
	CodePeerFailedVerification: "PEER_FAILED_VERIFICATION",
	CodeBadContentEncoding:     "BAD_CONTENT_ENCODING",
	CodeFilesizeExceeded:       "FILESIZE_EXCEEDED",
	CodeSendFailRewind:         "SEND_FAIL_REWIND",
	CodeHTTP2Stream:            "HTTP2_STREAM",
	CodeSSLClientCert:          "SSL_CLIENTCERT",
}

// String returns curl's name ("COULDNT_CONNECT"), or the number for a code that this package does not return.
func (c Code) String() string {
	if name, ok := codeNames[c]; ok {
		return name
	}
	return strconv.Itoa(int(c))
}
