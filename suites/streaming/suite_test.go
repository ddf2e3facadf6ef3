package streaming_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/wirelike/wirelike/suites/curl"
	"github.com/wirelike/wirelike/suites/nethttp"
	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/streaming"
	"github.com/wirelike/wirelike/suites/subject"
	"github.com/wirelike/wirelike/suites/wirelike"
)

// subjects are the clients that the suite is run for.
var subjects = map[string]subject.Adapter{
	"": wirelike.Adapter{}, "net/http": nethttp.Adapter{}, "curl": curl.Adapter{}, "hoarder": subject.Func(hoard),
	"chromium156": wirelike.As("chromium156"), "firefox153_linux": wirelike.As("firefox153_linux"),
}

func TestStreaming(t *testing.T) { streaming.Run(t, subjects[runner.Subject()]) }

// TestBrowsers: all holds for browsers, too.
func TestBrowsers(t *testing.T) {
	t.Parallel()
	for _, browser := range []string{"chromium156", "firefox153_linux"} {
		t.Run(browser, func(t *testing.T) {
			t.Parallel()
			runner.WantPassing(t, "TestStreaming", browser, nil)
		})
	}
}

// TestNetHTTP: net/http streams as it should, as far as it is asked.
func TestNetHTTP(t *testing.T) {
	t.Parallel()
	runner.WantFailing(t, "TestStreaming", "net/http", nil)
}

// TestCurl: a program can be tried, too.
func TestCurl(t *testing.T) {
	t.Parallel()
	runner.WantPeer(t, "curl")
	runner.WantFailing(t, "TestStreaming", "curl", []runner.Failing{
		{ID: "RESP-28", Part: "connections", Reason: "each process has a connection of its own"},
	})
}

// TestHoarder: the suite finds a client that returns when the body is complete, as many do.
func TestHoarder(t *testing.T) {
	t.Parallel()
	runner.WantFailing(t, "TestStreaming", "hoarder", []runner.Failing{
		{ID: "STREAM-01", Part: "hoarded", Reason: "the first piece is kept until the last one is there"},
		{ID: "STREAM-02", Part: "hoarded", Reason: "the head is kept, too"},
		{ID: "STREAM-03", Part: "hoarded", Reason: "what fails in the body fails the call"},
		{ID: "STREAM-04", Part: "hoarded", Reason: "the server is never stopped"},
		{ID: "STREAM-05", Part: "hoarded", Reason: "a body without end is never there"},
		{ID: "STREAM-06", Part: "hoarded", Reason: "nor can it be closed"},
		{ID: "STREAM-10", Part: "hoarded", Reason: "a body without end is never copied"},
		{ID: "STREAM-12", Part: "hoarded", Reason: "what is slow for a purpose takes too long"},
		{ID: "STREAM-15", Part: "hoarded", Reason: "no line is there before the last one"},
	})
}

// hoarder is this module's client as one that buffers; after a while, or some MB, it gives up.
type hoarder struct{ subject.Client }

func hoard(c subject.Config) (subject.Client, error) {
	inner, err := wirelike.Adapter{}.New(c)
	return hoarder{inner}, err
}

func (h hoarder) Do(ctx context.Context, r subject.Request) (*subject.Response, error) {
	res, err := h.Client.Do(ctx, r)
	if err != nil {
		return nil, err
	}
	const patience, most = 200 * time.Millisecond, 16 << 20
	timer := time.AfterFunc(patience, func() { res.Body.Close() })
	defer timer.Stop()
	b, err := io.ReadAll(io.LimitReader(res.Body, most))
	if len(b) == most || err != nil && subject.KindOf(err) == subject.Closed {
		err = errors.New("it was not complete")
	}
	if err != nil {
		return nil, &subject.Error{Kind: subject.KindOf(err), Err: errors.Join(errors.New("hoarded"), err)}
	}
	res.Body, res.Lines, res.Bytes = io.NopCloser(bytes.NewReader(b)), nil, func() ([]byte, error) { return b, nil }
	return res, nil
}
