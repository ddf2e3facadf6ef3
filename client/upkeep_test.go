package client_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// testUpkeep: an idle connection over HTTP/2 is asked once, its answer awaited; without one the call says so, and ends with ctx.
func testUpkeep(t *testing.T) {
	for _, profile := range profilesInUse {
		ca := testnet.NewCA(t, time.Now())
		asked := make(chan struct{}, 1)
		srv := testnet.ServeFrames(t, ca.Server("h2"), func(p *testnet.FramePeer) {
			p.Settings()
			p.Respond(p.Request().Stream, "one")
			p.Want("PING 0")
			// Firefox' PINGs all have the payload 0, those of the others begin with 1.
			payload := make([]byte, 8)
			if profile != "firefox153_linux" {
				payload[7] = 1
			}
			p.Frame(http2.FramePing, http2.FlagPingAck, 0, payload)
			p.Respond(p.Request().Stream, "two")
			p.Want("PING 0")
			asked <- struct{}{}
			p.Gone()
		})
		s := newSession(t, &client.Options{Profile: profile, RootCAs: ca.Pool()})
		for range 2 {
			res, err := s.Get(t.Context(), srv.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := res.Bytes(); err != nil {
				t.Fatal(err)
			}
			if res.Info.Reused {
				break
			}
			if err := s.Upkeep(t.Context()); err != nil {
				t.Errorf("%q: %v", profile, err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-asked; cancel() }()
		if err := s.Upkeep(ctx); !errors.Is(err, client.ErrCanceled) || !errors.Is(err, context.Canceled) {
			t.Errorf("%q without an answer: %v", profile, err)
		}
		s.Close()
		srv.Wait()
	}
	plain := newRecorder(t)
	s := newSession(t, nil)
	plain.exchange(t, s, "GET", "/", nil)
	if err := s.Upkeep(t.Context()); err != nil {
		t.Errorf("HTTP/1.1: %v", err)
	}
	var none context.Context
	if err := s.Upkeep(none); !errors.Is(err, client.ErrInvalidRequest) {
		t.Errorf("without context: %v", err)
	}
}
