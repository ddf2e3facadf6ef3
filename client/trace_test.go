package client_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/wirelike/wirelike/client"
)

// tracer writes down which hooks are called. Of those that are called for each field, or for each address of a name, only
// the first call counts.
type tracer struct {
	mu     sync.Mutex
	events []string
	fields []string
	waits  chan struct{} // Wait100Continue
	sent   chan struct{} // WroteRequest
}

func newTracer() *tracer {
	return &tracer{waits: make(chan struct{}, 1), sent: make(chan struct{}, 1)}
}

func (tr *tracer) note(s string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.events = append(tr.events, s)
}

func (tr *tracer) once(s string) {
	tr.mu.Lock()
	seen := slices.Contains(tr.events, s)
	tr.mu.Unlock()
	if !seen {
		tr.note(s)
	}
}

func outcome(name string, err error) string {
	if err != nil {
		return name + " failed"
	}
	return name
}

func (tr *tracer) context(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:           func(hostPort string) { tr.note("GetConn " + hostPort) },
		DNSStart:          func(i httptrace.DNSStartInfo) { tr.note("DNSStart " + i.Host) },
		DNSDone:           func(i httptrace.DNSDoneInfo) { tr.note(outcome("DNSDone", i.Err)) },
		ConnectStart:      func(network, _ string) { tr.once("ConnectStart " + network) },
		TLSHandshakeStart: func() { tr.note("TLSHandshakeStart") },
		ConnectDone: func(network, _ string, err error) {
			if err == nil {
				tr.note("ConnectDone " + network)
			}
		},
		TLSHandshakeDone: func(s tls.ConnectionState, err error) {
			tr.note(outcome("TLSHandshakeDone "+s.NegotiatedProtocol, err))
		},
		GotConn: func(i httptrace.GotConnInfo) { tr.note("GotConn, reused " + strconv.FormatBool(i.Reused)) },
		WroteHeaderField: func(name string, values []string) {
			tr.once("WroteHeaderField")
			tr.mu.Lock()
			defer tr.mu.Unlock()
			tr.fields = append(tr.fields, name+": "+strings.Join(values, ", "))
		},
		WroteHeaders:    func() { tr.note("WroteHeaders") },
		Wait100Continue: func() { tr.note("Wait100Continue"); tr.waits <- struct{}{} },
		WroteRequest: func(i httptrace.WroteRequestInfo) {
			tr.note(outcome("WroteRequest", i.Err))
			tr.sent <- struct{}{}
		},
		GotFirstResponseByte: func() { tr.note("GotFirstResponseByte") },
		Got100Continue:       func() { tr.note("Got100Continue") },
		Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			tr.note("Got1xxResponse " + strconv.Itoa(code) + " " + h.Get("Link"))
			return nil
		},
		PutIdleConn: func(err error) { tr.note(outcome("PutIdleConn", err)) },
	})
}

var errBody = errors.New("the disk is gone")

// traced are the exchanges whose hooks are compared. The handler says when the server may go on, so that the order is not
// that of two goroutines.
var traced = []struct {
	name    string
	request func(*http.Request)
	serve   func(*tracer, http.ResponseWriter, *http.Request)
	http1   bool // only there
}{
	{name: "GET", serve: func(tr *tracer, w http.ResponseWriter, _ *http.Request) {
		<-tr.sent
		io.WriteString(w, "abc")
	}},
	{name: "POST, interim response", request: func(r *http.Request) {
		r.Method, r.Body, r.ContentLength = "POST", io.NopCloser(strings.NewReader("abc")), 3
	}, serve: func(tr *tracer, w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-tr.sent
		w.Header().Set("Link", "</a>")
		w.WriteHeader(http.StatusEarlyHints)
		io.WriteString(w, "abc")
	}},
	{name: "POST, expecting", http1: true, request: func(r *http.Request) {
		r.Method, r.Body, r.ContentLength = "POST", io.NopCloser(strings.NewReader("abc")), 3
		r.Header.Set("Expect", "100-continue")
	}, serve: func(tr *tracer, w http.ResponseWriter, r *http.Request) {
		<-tr.waits
		io.Copy(io.Discard, r.Body) // sends the 100
		<-tr.sent
		io.WriteString(w, "abc")
	}},
	{name: "POST, body fails", request: func(r *http.Request) {
		r.Method, r.Body, r.ContentLength = "POST", io.NopCloser(iotest.ErrReader(errBody)), 3
	}, serve: func(_ *tracer, _ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }},
}

// TestTraceLikeNetHTTP: the hooks are called in the order in which net/http calls them in the same exchange, on a new
// connection and on a used one.
func TestTraceLikeNetHTTP(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		for _, row := range traced {
			if row.http1 && http2 {
				continue
			}
			t.Run(row.name+"/"+map[bool]string{false: "http/1.1", true: "h2"}[http2], func(t *testing.T) {
				t.Parallel()
				var current atomic.Pointer[tracer]
				s := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) { row.serve(current.Load(), w, r) })
				run := func(rt http.RoundTripper) []string {
					tr := newTracer()
					current.Store(tr)
					for range 2 {
						r, err := http.NewRequestWithContext(tr.context(t.Context()), "GET", s.url, nil)
						if err != nil {
							t.Fatal(err)
						}
						if row.request != nil {
							row.request(r)
						}
						res, err := rt.RoundTrip(r)
						if err == nil {
							_, err = io.Copy(io.Discard, res.Body)
							res.Body.Close()
						} else {
							<-tr.sent // it may come later than the error
						}
						if (err != nil) != (row.name == "POST, body fails") {
							t.Fatal(err)
						}
						if !http2 && err != nil {
							break // whether the connection is gone already when the next request looks for one is chance
						}
					}
					tr.mu.Lock()
					defer tr.mu.Unlock()
					return tr.events
				}
				std := &http.Transport{TLSClientConfig: s.ca.Client(), ForceAttemptHTTP2: http2, ExpectContinueTimeout: time.Minute}
				defer std.CloseIdleConnections()
				if !http2 {
					std.TLSClientConfig.NextProtos = []string{"http/1.1"}
				}
				want := run(std)
				for _, profile := range []string{"", "chromium156", "firefox153_linux"} {
					ours := &client.Transport{Profile: profile, RootCAs: s.ca.Pool()}
					if got := run(ours); !slices.Equal(got, want) {
						t.Errorf("profile %q:\ngot  %q\nwant %q", profile, got, want)
					}
					ours.Close()
				}
			})
		}
	}
}

// TestTraceFields: WroteHeaderField tells what has been sent, in its order and spelling.
func TestTraceFields(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		s := newServer(t, http2, func(http.ResponseWriter, *http.Request) {})
		for _, profile := range profilesInUse {
			tr := newTracer()
			r, err := s.session(t, profile).Get(tr.context(t.Context()), s.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Close()
			<-tr.sent
			var want []string
			for _, f := range r.Info.Sent {
				want = append(want, f.Name+": "+f.Value)
			}
			if !slices.Equal(tr.fields, want) || len(want) < 3 {
				t.Errorf("profile %q, HTTP/2 %v:\ngot  %q\nwant %q", profile, http2, tr.fields, want)
			}
		}
	}
}

// TestTraceRefuses: an error of Got1xxResponse ends the request.
func TestTraceRefuses(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		s := newServer(t, http2, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusEarlyHints) })
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			Got1xxResponse: func(int, textproto.MIMEHeader) error { return errBody },
		})
		if _, err := s.session(t, "").Get(ctx, s.url, nil); !errors.Is(err, errBody) {
			t.Errorf("HTTP/2 %v: %v", http2, err)
		}
	}
}
