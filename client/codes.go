package client

import "strconv"

// Code is a number of curl's error table (CURLcode, curl/curl.h), so that scripts and logs written for curl read on. An
// [Error] has the code of its kind; CodeOK stands for an error that curl does not have.
type Code int

// The codes that this package can return; names as in curl/curl.h without the prefix CURLE.
const (
	CodeOK                      Code = 0
	CodeUnsupportedProtocol     Code = 1
	CodeURLMalformat            Code = 3
	CodeCouldntResolveHost      Code = 6
	CodeCouldntConnect          Code = 7
	CodeWeirdServerReply        Code = 8
	CodeHTTP2                   Code = 16
	CodePartialFile             Code = 18
	CodeHTTPReturnedError       Code = 22
	CodeReadError               Code = 26
	CodeOperationTimedout       Code = 28
	CodeSSLConnectError         Code = 35
	CodeAbortedByCallback       Code = 42
	CodeBadFunctionArgument     Code = 43
	CodeTooManyRedirects        Code = 47
	CodeGotNothing              Code = 52
	CodeSendError               Code = 55
	CodeRecvError               Code = 56
	CodeSSLCertProblem          Code = 58
	CodePeerFailedVerification  Code = 60
	CodeBadContentEncoding      Code = 61
	CodeFilesizeExceeded        Code = 63
	CodeSendFailRewind          Code = 65
	CodeSSLCACertBadfile        Code = 77
	CodeSSLPinnedPubkeyNotMatch Code = 90
	CodeHTTP2Stream             Code = 92
	CodeSSLClientCert           Code = 98
)

// Codes that curl has and no HTTP client produces. They are here so that what was written for curl can name them.
const (
	CodeRemoteAccessDenied   Code = 9
	CodeUploadFailed         Code = 25
	CodeOutOfMemory          Code = 27
	CodeBadDownloadResume    Code = 36
	CodeFileCouldntReadFile  Code = 37
	CodeSSLEngineNotfound    Code = 53
	CodeSSLEngineSetfailed   Code = 54
	CodeUseSSLFailed         Code = 64
	CodeSSLEngineInitfailed  Code = 66
	CodeLoginDenied          Code = 67
	CodeRemoteFileNotFound   Code = 78
	CodeSSLShutdownFailed    Code = 80
	CodeSSLCRLBadfile        Code = 82
	CodeSSLIssuerError       Code = 83
	CodeSSLInvalidCertStatus Code = 91
	CodeUnrecoverablePoll    Code = 99
)

// codeNames are curl's names of the codes from 0 on.
var codeNames = [...]string{
	"OK", "UNSUPPORTED_PROTOCOL", "FAILED_INIT", "URL_MALFORMAT", "NOT_BUILT_IN",
	"COULDNT_RESOLVE_PROXY", "COULDNT_RESOLVE_HOST", "COULDNT_CONNECT", "WEIRD_SERVER_REPLY", "REMOTE_ACCESS_DENIED",
	"FTP_ACCEPT_FAILED", "FTP_WEIRD_PASS_REPLY", "FTP_ACCEPT_TIMEOUT", "FTP_WEIRD_PASV_REPLY", "FTP_WEIRD_227_FORMAT",
	"FTP_CANT_GET_HOST", "HTTP2", "FTP_COULDNT_SET_TYPE", "PARTIAL_FILE", "FTP_COULDNT_RETR_FILE",
	"OBSOLETE20", "QUOTE_ERROR", "HTTP_RETURNED_ERROR", "WRITE_ERROR", "OBSOLETE24",
	"UPLOAD_FAILED", "READ_ERROR", "OUT_OF_MEMORY", "OPERATION_TIMEDOUT", "OBSOLETE29",
	"FTP_PORT_FAILED", "FTP_COULDNT_USE_REST", "OBSOLETE32", "RANGE_ERROR", "OBSOLETE34",
	"SSL_CONNECT_ERROR", "BAD_DOWNLOAD_RESUME", "FILE_COULDNT_READ_FILE", "LDAP_CANNOT_BIND", "LDAP_SEARCH_FAILED",
	"OBSOLETE40", "OBSOLETE41", "ABORTED_BY_CALLBACK", "BAD_FUNCTION_ARGUMENT", "OBSOLETE44",
	"INTERFACE_FAILED", "OBSOLETE46", "TOO_MANY_REDIRECTS", "UNKNOWN_OPTION", "SETOPT_OPTION_SYNTAX",
	"OBSOLETE50", "OBSOLETE51", "GOT_NOTHING", "SSL_ENGINE_NOTFOUND", "SSL_ENGINE_SETFAILED",
	"SEND_ERROR", "RECV_ERROR", "OBSOLETE57", "SSL_CERTPROBLEM", "SSL_CIPHER",
	"PEER_FAILED_VERIFICATION", "BAD_CONTENT_ENCODING", "OBSOLETE62", "FILESIZE_EXCEEDED", "USE_SSL_FAILED",
	"SEND_FAIL_REWIND", "SSL_ENGINE_INITFAILED", "LOGIN_DENIED", "TFTP_NOTFOUND", "TFTP_PERM",
	"REMOTE_DISK_FULL", "TFTP_ILLEGAL", "TFTP_UNKNOWNID", "REMOTE_FILE_EXISTS", "TFTP_NOSUCHUSER",
	"OBSOLETE75", "OBSOLETE76", "SSL_CACERT_BADFILE", "REMOTE_FILE_NOT_FOUND", "SSH",
	"SSL_SHUTDOWN_FAILED", "AGAIN", "SSL_CRL_BADFILE", "SSL_ISSUER_ERROR", "FTP_PRET_FAILED",
	"RTSP_CSEQ_ERROR", "RTSP_SESSION_ERROR", "FTP_BAD_FILE_LIST", "CHUNK_FAILED", "NO_CONNECTION_AVAILABLE",
	"SSL_PINNEDPUBKEYNOTMATCH", "SSL_INVALIDCERTSTATUS", "HTTP2_STREAM", "RECURSIVE_API_CALL", "AUTH_ERROR",
	"HTTP3", "QUIC_CONNECT_ERROR", "PROXY", "SSL_CLIENTCERT", "UNRECOVERABLE_POLL",
	"TOO_LARGE", "ECH_REQUIRED",
}

// String returns curl's name ("COULDNT_CONNECT"), or the number for a code that curl does not have.
func (c Code) String() string {
	if c >= 0 && int(c) < len(codeNames) {
		return codeNames[c]
	}
	return strconv.Itoa(int(c))
}
