package client_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/wirelike/wirelike/client"
)

// TestErrorTree: of each kind, which others it is, too: all of them, and no more. Every kind that is exported has a row.
func TestErrorTree(t *testing.T) {
	t.Parallel()
	names := kindsOf(t)
	rows := []struct {
		id, name string
		kind     *client.Kind
		is       []*client.Kind
	}{
		{"ERR-02", "invalid request", client.ErrInvalidRequest, nil},
		{"ERR-02", "invalid URL", client.ErrInvalidURL, []*client.Kind{client.ErrInvalidRequest}},
		{"ERR-02", "unsupported scheme", client.ErrUnsupportedScheme, []*client.Kind{client.ErrInvalidRequest}},
		{"ERR-02", "invalid header", client.ErrInvalidHeader, []*client.Kind{client.ErrInvalidRequest}},
		{"ERR-02", "impersonation", client.ErrImpersonate, []*client.Kind{client.ErrInvalidRequest}},
		{"ERR-02", "authorities", client.ErrAuthorities, []*client.Kind{client.ErrInvalidRequest, client.ErrTLS, client.ErrConnect}},
		{"ERR-02", "own certificate", client.ErrIdentity, []*client.Kind{client.ErrInvalidRequest, client.ErrTLS, client.ErrConnect}},
		{"ERR-02", "closed", client.ErrClosed, nil},
		{"ERR-02", "cookie conflict", client.ErrCookieConflict, []*client.Kind{client.ErrInvalidRequest}},
		{"ERR-02", "invalid cookie", client.ErrInvalidCookie, []*client.Kind{client.ErrInvalidRequest}},
		{"ERR-02", "cookie prefix", client.ErrCookiePrefix, []*client.Kind{client.ErrInvalidCookie, client.ErrInvalidRequest}},
		{"ERR-02", "cookie domain", client.ErrCookieDomain, []*client.Kind{client.ErrInvalidCookie, client.ErrInvalidRequest}},
		{"ERR-02", "cookie file", client.ErrCookieFile, nil},
		{"ERR-02", "too many redirects", client.ErrTooManyRedirects, nil},
		{"ERR-02", "redirect refused", client.ErrRedirect, nil},
		{"ERR-02", "request body", client.ErrRequestBody, nil},
		{"ERR-02", "not replayable", client.ErrBodyNotReplayable, []*client.Kind{client.ErrRequestBody}},
		{"ERR-02", "body length", client.ErrBodyLength, []*client.Kind{client.ErrRequestBody}},
		{"ERR-02", "content decoding", client.ErrContentDecoding, nil},
		{"ERR-02", "too large", client.ErrTooLarge, nil},
		{"ERR-02", "JSON and text", client.ErrDecode, nil},
		{"ERR-02", "charset", client.ErrUnknownCharset, []*client.Kind{client.ErrDecode}},
		{"ERR-02", "status", client.ErrStatus, nil},
		{"ERR-02", "canceled", client.ErrCanceled, nil},
		{"ERR-02", "transfer", client.ErrTransfer, nil},
		{"ERR-02", "send", client.ErrSend, []*client.Kind{client.ErrTransfer}},
		{"ERR-02", "receive", client.ErrReceive, []*client.Kind{client.ErrTransfer}},
		{"ERR-02", "empty reply", client.ErrEmptyReply, []*client.Kind{client.ErrTransfer}},
		{"ERR-02", "client certificate", client.ErrClientCertificate, []*client.Kind{client.ErrTransfer}},
		{"ERR-02", "incomplete read", client.ErrIncompleteRead, []*client.Kind{client.ErrTransfer}},
		{"ERR-02", "protocol", client.ErrProtocol, nil},
		{"ERR-02", "HTTP/2", client.ErrHTTP2, []*client.Kind{client.ErrProtocol}},
		{"ERR-02", "HTTP/2 stream", client.ErrHTTP2Stream, []*client.Kind{client.ErrProtocol}},
		{"ERR-02", "handshake of a WebSocket", client.ErrHandshake, nil},
		{"ERR-02", "WebSocket refused", client.ErrRefused, []*client.Kind{client.ErrHandshake}},
		{"ERR-03", "connect", client.ErrConnect, nil},
		{"ERR-03", "name", client.ErrDNS, []*client.Kind{client.ErrConnect}},
		{"ERR-03", "TLS", client.ErrTLS, []*client.Kind{client.ErrConnect}},
		{"ERR-03", "certificate", client.ErrCertificate, []*client.Kind{client.ErrTLS, client.ErrConnect}},
		{"ERR-03", "pinned key", client.ErrPinned, []*client.Kind{client.ErrCertificate, client.ErrTLS, client.ErrConnect}},
		{"ERR-03", "beyond the stack", client.ErrCompat, []*client.Kind{client.ErrTLS, client.ErrConnect}},
		{"ERR-03", "negotiation", client.ErrNegotiation, []*client.Kind{client.ErrTLS, client.ErrConnect}},
		{"ERR-03", "internal address", client.ErrInternalAddress, []*client.Kind{client.ErrConnect}},
		{"ERR-03", "timeout", client.ErrTimeout, nil},
		{"ERR-03", "connect timeout", client.ErrConnectTimeout, []*client.Kind{client.ErrConnect, client.ErrTimeout}},
		{"ERR-03", "read timeout", client.ErrReadTimeout, []*client.Kind{client.ErrTimeout}},
	}
	for _, row := range rows {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			t.Parallel()
			err := error(&client.Error{Kind: row.kind})
			for _, other := range rows {
				want := other.kind == row.kind || slices.Contains(row.is, other.kind)
				if got := errors.Is(err, other.kind); got != want {
					t.Errorf("is %v: %v", other.kind, got)
				}
			}
			if got := err.(*client.Error).Timeout(); got != errors.Is(err, client.ErrTimeout) {
				t.Errorf("Timeout: %v", got)
			}
		})
		for name, text := range names {
			if text == row.kind.Error() {
				delete(names, name)
			}
		}
	}
	if len(names) > 0 {
		t.Errorf("without a row: %v", names)
	}
}

// TestErrorValues: what an error has in it.
func TestErrorValues(t *testing.T) {
	t.Parallel()
	refused := "http://user:secret@" + closedPort(t) + "/x"
	clean := strings.Replace(refused, "user:secret@", "", 1)
	for _, row := range []struct {
		id, name, op, url string
		kind              *client.Kind
		code              client.Code
		response          bool
		err               error
		cause             func(error) bool
	}{
		{"ERR-01", "refused", "GET", clean, client.ErrConnect, 7, false, get(t, nil, refused, nil), has(syscall.ECONNREFUSED)},
		{"ERR-01", "status", "GET", "", client.ErrStatus, 22, true, get(t, &client.Options{FailOnStatus: true}, raw(t, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), nil), nil},
		{"ERR-01", "cut body", "read", "", client.ErrIncompleteRead, 18, true, get(t, nil, raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"), nil), nil},
		{"ERR-01", "option", "new", "", client.ErrInvalidRequest, 43, false, newError(&client.Options{MaxInFlight: -1}), nil},
		{"ERR-01", "transport as a RoundTripper", "GET", clean, client.ErrConnect, 7, false, roundTrip(t, clean), has(syscall.ECONNREFUSED)},
		{"ERR-08", "of the system", "GET", clean, client.ErrConnect, 7, false, get(t, nil, refused, nil), as[*net.OpError]},
		{"ERR-08", "of crypto/tls", "GET", "", client.ErrCertificate, 60, false, get(t, nil, newServer(t, false, http.NotFound).url, nil), as[*tls.CertificateVerificationError]},
		{"ERR-08", "of the caller", "GET", "", client.ErrConnect, 7, false, get(t, &client.Options{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, errBoom }}, "http://a.test/", nil), has(errBoom)},
		{"ERR-08", "of a deadline", "GET", "", client.ErrReadTimeout, 28, false, expired(t), has(context.DeadlineExceeded)},
	} {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			t.Parallel()
			var e *client.Error
			if !errors.As(fmt.Errorf("wrapped: %w", row.err), &e) {
				t.Fatalf("%T: %v", row.err, row.err)
			}
			if e.Kind != row.kind || e.Code != row.code || e.Op != row.op || (e.Response != nil) != row.response {
				t.Errorf("%+v", e)
			}
			if row.url != "" && e.URL != row.url || strings.Contains(e.URL+e.Error(), "secret") {
				t.Errorf("URL %q in %v", e.URL, e)
			}
			if row.cause != nil && !row.cause(row.err) {
				t.Errorf("cause: %v", row.err)
			}
		})
	}
}

func newError(o *client.Options) error {
	_, err := client.New(o)
	return err
}

func roundTrip(t *testing.T, url string) error {
	t.Helper()
	tr := &client.Transport{}
	defer tr.Close()
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = tr.RoundTrip(r)
	return err
}

// expired sends a request whose time is over before it begins.
func expired(t *testing.T) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	_, err := newSession(t, nil).Get(ctx, "http://a.test/", nil)
	return err
}

// TestQuiet: ERR-06, nothing is written unless somebody asks for it, whatever goes wrong.
func TestQuiet(t *testing.T) {
	t.Parallel()
	url := "http://" + closedPort(t)
	task, err := json.Marshal(envTask{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestEnvTask$", "-test.count=1")
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), envTaskVariable+"="+string(task)), &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "OUTCOME "+client.ErrConnect.Error()) || errs.Len() > 0 {
		t.Errorf("%q, %q", &out, &errs)
	}
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if err := get(t, &client.Options{Logger: logger}, url, nil); err == nil || !strings.Contains(log.String(), "level=DEBUG") {
		t.Errorf("%v: %s", err, &log)
	}
}
