package client_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// TestCodes: curl's numbers, and the kinds that they stand for.
func TestCodes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		id    string
		codes []client.Code
		kind  *client.Kind // nil for none
	}{
		{"CODE-10", []client.Code{0, 102, 4711, -1}, nil},
		{"CODE-11", []client.Code{1}, client.ErrUnsupportedScheme},
		{"CODE-12", []client.Code{3}, client.ErrInvalidURL},
		{"CODE-14", []client.Code{6}, client.ErrDNS},
		{"CODE-14", []client.Code{7}, client.ErrConnect},
		{"CODE-15", []client.Code{8}, client.ErrProtocol},
		{"CODE-15", []client.Code{9}, client.ErrConnect},
		{"CODE-15", []client.Code{52}, client.ErrEmptyReply},
		{"CODE-15", []client.Code{55}, client.ErrSend},
		{"CODE-15", []client.Code{56}, client.ErrTransfer},
		{"CODE-16", []client.Code{16}, client.ErrHTTP2},
		{"CODE-16", []client.Code{22}, client.ErrStatus},
		{"CODE-16", []client.Code{61}, client.ErrContentDecoding},
		{"CODE-16", []client.Code{92}, client.ErrHTTP2Stream},
		{"CODE-17", []client.Code{18}, client.ErrIncompleteRead},
		{"CODE-18", []client.Code{26}, client.ErrRequestBody},
		{"CODE-18", []client.Code{23, 27, 48, 49}, nil},
		{"CODE-19", []client.Code{28}, client.ErrTimeout},
		{"CODE-20", []client.Code{35, 53, 54, 59, 66, 82, 83, 91, 101}, client.ErrTLS},
		{"CODE-20", []client.Code{58}, client.ErrIdentity},
		{"CODE-20", []client.Code{60}, client.ErrCertificate},
		{"CODE-20", []client.Code{77}, client.ErrAuthorities},
		{"CODE-20", []client.Code{90}, client.ErrPinned},
		{"CODE-20", []client.Code{98}, client.ErrClientCertificate},
		{"CODE-21", []client.Code{47}, client.ErrTooManyRedirects},
		{"CODE-21", []client.Code{65}, client.ErrBodyNotReplayable},
	} {
		for _, c := range row.codes {
			t.Run(row.id+" "+c.String(), func(t *testing.T) {
				if got := c.Kind(); got != row.kind {
					t.Errorf("%d is %v, want %v", c, got, row.kind)
				}
			})
		}
	}
	// The other way round: an error's code leads to its kind, or to one above it.
	apart := []*client.Kind{client.ErrHandshake, client.ErrRefused, client.ErrRedirect, client.ErrCookieFile, client.ErrReceive}
	for _, row := range provocations {
		k := row.kind
		if of := k.Code().Kind(); of != nil && !errors.Is(k, of) && !slices.Contains(apart, k) {
			t.Errorf("%v has code %v, which is %v", k, k.Code(), of)
		}
	}
}

// TestCodeNames: all names of curl's table, whether anything here produces them or not.
func TestCodeNames(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		id, name string
		code     client.Code
	}{
		{"CODE-02", "OUT_OF_MEMORY", client.CodeOutOfMemory},
		{"CODE-02", "LOGIN_DENIED", client.CodeLoginDenied},
		{"CODE-02", "BAD_DOWNLOAD_RESUME", client.CodeBadDownloadResume},
		{"CODE-02", "SSL_ENGINE_NOTFOUND", client.CodeSSLEngineNotfound},
		{"CODE-02", "SSL_ENGINE_SETFAILED", client.CodeSSLEngineSetfailed},
		{"CODE-02", "SSL_ENGINE_INITFAILED", client.CodeSSLEngineInitfailed},
		{"CODE-02", "SSL_SHUTDOWN_FAILED", client.CodeSSLShutdownFailed},
		{"CODE-02", "SSL_CRL_BADFILE", client.CodeSSLCRLBadfile},
		{"CODE-02", "SSL_ISSUER_ERROR", client.CodeSSLIssuerError},
		{"CODE-02", "SSL_INVALIDCERTSTATUS", client.CodeSSLInvalidCertStatus},
		{"CODE-02", "UNRECOVERABLE_POLL", client.CodeUnrecoverablePoll},
		{"CODE-02", "USE_SSL_FAILED", client.CodeUseSSLFailed},
		{"CODE-02", "UPLOAD_FAILED", client.CodeUploadFailed},
		{"CODE-02", "REMOTE_ACCESS_DENIED", client.CodeRemoteAccessDenied},
		{"CODE-02", "FILE_COULDNT_READ_FILE", client.CodeFileCouldntReadFile},
		{"CODE-02", "REMOTE_FILE_NOT_FOUND", client.CodeRemoteFileNotFound},
		{"CODE-03", "FTP_ACCEPT_FAILED", 10}, {"CODE-03", "FTP_WEIRD_PASS_REPLY", 11}, {"CODE-03", "FTP_ACCEPT_TIMEOUT", 12},
		{"CODE-03", "FTP_WEIRD_PASV_REPLY", 13}, {"CODE-03", "FTP_WEIRD_227_FORMAT", 14}, {"CODE-03", "FTP_CANT_GET_HOST", 15},
		{"CODE-03", "FTP_COULDNT_SET_TYPE", 17}, {"CODE-03", "FTP_COULDNT_RETR_FILE", 19}, {"CODE-03", "FTP_PORT_FAILED", 30},
		{"CODE-03", "FTP_COULDNT_USE_REST", 31}, {"CODE-03", "FTP_PRET_FAILED", 84}, {"CODE-03", "FTP_BAD_FILE_LIST", 87},
		{"CODE-03", "QUOTE_ERROR", 21}, {"CODE-03", "LDAP_CANNOT_BIND", 38}, {"CODE-03", "LDAP_SEARCH_FAILED", 39},
		{"CODE-03", "REMOTE_DISK_FULL", 70}, {"CODE-03", "REMOTE_FILE_EXISTS", 73}, {"CODE-03", "TFTP_NOTFOUND", 68},
		{"CODE-03", "TFTP_PERM", 69}, {"CODE-03", "TFTP_ILLEGAL", 71}, {"CODE-03", "TFTP_UNKNOWNID", 72},
		{"CODE-03", "TFTP_NOSUCHUSER", 74}, {"CODE-03", "SSH", 79}, {"CODE-03", "RTSP_CSEQ_ERROR", 85},
		{"CODE-03", "RTSP_SESSION_ERROR", 86}, {"CODE-03", "CHUNK_FAILED", 88},
		{"CODE-03", "OBSOLETE20", 20}, {"CODE-03", "OBSOLETE24", 24}, {"CODE-03", "OBSOLETE29", 29}, {"CODE-03", "OBSOLETE32", 32},
		{"CODE-03", "OBSOLETE34", 34}, {"CODE-03", "OBSOLETE40", 40}, {"CODE-03", "OBSOLETE41", 41}, {"CODE-03", "OBSOLETE44", 44},
		{"CODE-03", "OBSOLETE46", 46}, {"CODE-03", "OBSOLETE50", 50}, {"CODE-03", "OBSOLETE51", 51}, {"CODE-03", "OBSOLETE57", 57},
		{"CODE-03", "OBSOLETE62", 62}, {"CODE-03", "OBSOLETE75", 75}, {"CODE-03", "OBSOLETE76", 76},
	} {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			if got := row.code.String(); got != row.name {
				t.Errorf("%d is %s", row.code, got)
			}
		})
	}
	for _, row := range []struct {
		code client.Code
		name string
	}{{0, "OK"}, {35, "SSL_CONNECT_ERROR"}, {64, "USE_SSL_FAILED"}, {65, "SEND_FAIL_REWIND"}, {101, "ECH_REQUIRED"}, {102, "102"}, {-1, "-1"}} {
		if got := row.code.String(); got != row.name {
			t.Errorf("%d is %s", row.code, got)
		}
	}
}

// TestCodeCauses: what leads to which code.
func TestCodeCauses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		id, name string
		code     client.Code
		kind     *client.Kind
		provoke  func(*testing.T) error
	}{
		{"CODE-11", "scheme", 1, client.ErrUnsupportedScheme, func(t *testing.T) error { return get(t, nil, "ftp://a/", nil) }},
		{"CODE-11", "scheme of a redirect", 1, client.ErrUnsupportedScheme, func(t *testing.T) error {
			return get(t, nil, raw(t, "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"), nil)
		}},
		{"CODE-11", "reply of HTTP/0.9", 8, client.ErrProtocol, func(t *testing.T) error { return get(t, nil, raw(t, "<html>hello</html>\r\n\r\n"), nil) }},
		{"CODE-12", "no host", 3, client.ErrInvalidURL, func(t *testing.T) error { return get(t, nil, "http:///", nil) }},
		{"CODE-12", "port", 3, client.ErrInvalidURL, func(t *testing.T) error { return get(t, nil, "http://a:99999/", nil) }},
		{"CODE-12", "blank in the target as it is", 3, client.ErrInvalidURL, func(t *testing.T) error { return get(t, nil, "http://a/b c", &client.Call{RawURL: true}) }},
		{"CODE-14", "internal address", 7, client.ErrInternalAddress, func(t *testing.T) error {
			return get(t, &client.Options{Redirect: client.Redirect{Follow: client.FollowSafe, GuardFirst: true}}, raw(t, ""), nil)
		}},
		{"CODE-16", "status", 22, client.ErrStatus, func(t *testing.T) error {
			return get(t, &client.Options{FailOnStatus: true}, raw(t, "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"), nil)
		}},
		{"CODE-16", "WebSocket", 22, client.ErrRefused, func(t *testing.T) error {
			_, err := newSession(t, nil).WebSocket(t.Context(), raw(t, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"), nil)
			return err
		}},
		{"CODE-16", "reset of a stream", 92, client.ErrHTTP2Stream, func(t *testing.T) error {
			o, url := frames(t, frame(3, 0, 1, "\x00\x00\x00\x02"))
			return get(t, o, url, nil)
		}},
		{"CODE-22", "closed", 0, client.ErrClosed, func(t *testing.T) error {
			s := newSession(t, nil)
			s.Close()
			_, err := s.Get(t.Context(), "http://a.test/", nil)
			return err
		}},
		{"CODE-22", "conflict of cookies", 43, client.ErrCookieConflict, cookieFaults[3].provoke},
		{"CODE-22", "profile", 43, client.ErrImpersonate, func(t *testing.T) error { return newError(&client.Options{Profile: "netscape4"}) }},
		{"CODE-22", "status that is asked for", 22, client.ErrStatus, func(t *testing.T) error {
			r, err := newSession(t, nil).Get(t.Context(), raw(t, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			return r.Err()
		}},
		{"CODE-23", "options", 43, client.ErrInvalidRequest, func(t *testing.T) error { return newError(&client.Options{MaxInFlight: -1}) }},
		{"CODE-23", "call", 43, client.ErrInvalidRequest, func(t *testing.T) error { return get(t, nil, "http://a/", &client.Call{Length: 3}) }},
		{"CODE-23", "connection of a WebSocket", 7, client.ErrConnect, func(t *testing.T) error {
			_, err := newSession(t, nil).WebSocket(t.Context(), "ws://"+closedPort(t)+"/", nil)
			return err
		}},
		{"CODE-23", "certificate of a WebSocket", 60, client.ErrCertificate, func(t *testing.T) error {
			_, err := newSession(t, nil).WebSocket(t.Context(), strings.Replace(newServer(t, false, http.NotFound).url, "https", "wss", 1), nil)
			return err
		}},
	} {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			t.Parallel()
			err := row.provoke(t)
			var e *client.Error
			if !errors.As(err, &e) || e.Kind != row.kind || e.Code != row.code {
				t.Errorf("%v, want %v, %v", err, row.kind, row.code)
			}
		})
	}
}

// TestCancelOnce: what the caller has cancelled is not tried again, whatever the session retries.
func TestCancelOnce(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		id, name string
		on       func(client.Attempt) bool
		attempts int32
	}{
		{"CODE-24", "by the rules", nil, 1},
		{"CODE-24", "by the caller's own", func(client.Attempt) bool { return true }, 1},
	} {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			var seen atomic.Int32
			addr := testnet.Serve(t, func(c net.Conn) {
				if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					seen.Add(1)
					cancel()
				}
				io.Copy(io.Discard, c)
			})
			s := newSession(t, &client.Options{Retry: client.Retry{Count: 3, On: row.on}})
			_, err := s.Get(ctx, "http://"+addr, nil)
			if !errors.Is(err, client.ErrCanceled) || !errors.Is(err, context.Canceled) || errors.Is(err, client.ErrTimeout) || seen.Load() != row.attempts {
				t.Errorf("%d attempts: %v", seen.Load(), err)
			}
		})
	}
}
