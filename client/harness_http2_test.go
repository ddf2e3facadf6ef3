package client_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/h2"
	"github.com/wirelike/wirelike/internal/testnet"
)

// script begins as every HTTP/2 server does.
func script(f func(p *testnet.FramePeer)) func(*testnet.FramePeer) {
	return func(p *testnet.FramePeer) {
		p.Settings()
		f(p)
	}
}

// fails answers the first request with what no server may send, wants the client to send the frame in return, and,
// when the connection survives that, answers what follows. In the frame, %d is the request's stream.
func fails(frame string, provoke func(p *testnet.FramePeer, stream uint32)) func(*testnet.FramePeer) {
	return script(func(p *testnet.FramePeer) {
		r := p.Request()
		p.Ignore("SETTINGS", "WINDOW_UPDATE", "PRIORITY", "PING ack")
		provoke(p, r.Stream)
		p.Want(strings.Replace(frame, "%d", fmt.Sprint(r.Stream), 1))
		if strings.HasPrefix(frame, "GOAWAY") {
			p.Gone()
		}
		answers(p)
	})
}

// answers answers all requests.
func answers(p *testnet.FramePeer) {
	for {
		r := p.Request()
		if r.Stream == 0 {
			return
		}
		p.Respond(r.Stream, "again")
	}
}

// twice has scripts for the first and the later connections.
func twice(first, later func(*testnet.FramePeer)) func(*testnet.FramePeer) {
	return script(func(p *testnet.FramePeer) {
		if p.N == 1 {
			first(p)
		} else {
			later(p)
		}
	})
}

// wantsBody answers one request, whose body must be that of the test's POST.
func wantsBody(p *testnet.FramePeer) {
	r := p.Request()
	if b := p.Body(r.Stream); r.Field(":method") != "POST" || b != "hello" {
		p.Headers(r.Stream, true, ":status", "400", "why", b)
	}
	p.Respond(r.Stream, "again")
}

func streamError(code http2.ErrCode, remote bool) func(error) bool {
	return func(err error) bool {
		var e *h2.StreamError
		return errors.As(err, &e) && e.Code == code && e.Remote == remote
	}
}

func connError(code http2.ErrCode) func(error) bool {
	return func(err error) bool {
		var e *h2.ConnError
		return errors.As(err, &e) && e.Code == code
	}
}

var scriptedHTTP2 = []exchange{
	{name: "one connection", reason: "the plain case", frames: script(answers), methods: getGet, status: 200, body: "again", conns: 1},
	{name: "interim, trailers", reason: "neither is the response", frames: script(func(p *testnet.FramePeer) {
		r := p.Request()
		p.Headers(r.Stream, false, ":status", "103", "link", "</s.css>")
		p.Begin(r.Stream, "abc")
		p.Headers(r.Stream, true, "x-sum", "1")
	}), methods: get1, status: 200, body: "abc", conns: 1},
	{name: "misdirected", reason: "RFC 9110 §15.5.20: a response like others, as connections are not shared between origins", frames: script(func(p *testnet.FramePeer) {
		p.Headers(p.Request().Stream, true, ":status", "421")
		answers(p)
	}), methods: get1, status: 421, conns: 1},
	{name: "refused", reason: "RFC 9113 §8.7: the server has not acted on it", frames: script(func(p *testnet.FramePeer) {
		p.RST(p.Request().Stream, http2.ErrCodeRefusedStream)
		wantsBody(p)
	}), methods: post1, status: 200, body: "again", conns: 1},
	{name: "goes away", reason: "RFC 9113 §6.8: streams above the last were not processed", frames: twice(func(p *testnet.FramePeer) {
		first := p.Request().Stream
		p.Respond(first, "abc")
		p.Request()
		p.GoAway(first, http2.ErrCodeNo, "")
		p.Gone()
	}, wantsBody), methods: getPost, status: 200, body: "again", conns: 2},
	{name: "goes away in time", reason: "what it has begun it ends", frames: script(func(p *testnet.FramePeer) {
		r := p.Request()
		p.GoAway(r.Stream, http2.ErrCodeNo, "")
		p.Respond(r.Stream, "abc")
		p.Gone()
	}), methods: getGet, status: 200, body: "abc", conns: 2},
	{name: "goes away and breaks off", reason: "the stream is within what it may have processed", frames: script(func(p *testnet.FramePeer) {
		p.GoAway(p.Request().Stream, http2.ErrCodeInternal, "sorry")
	}), methods: post1, conns: 1, kind: client.ErrHTTP2, check: func(err error) bool {
		var e *h2.GoAwayError
		return errors.As(err, &e) && e.Code == http2.ErrCodeInternal && e.Debug == "sorry" && e.NoResponse
	}},
	{name: "stale connection, GET", reason: "RFC 9110 §9.2.2: it may be sent again", frames: twice(func(p *testnet.FramePeer) {
		p.Respond(p.Request().Stream, "abc")
		p.Request()
	}, answers), methods: getGet, status: 200, body: "again", conns: 2},
	{name: "stale connection, POST", reason: "RFC 9110 §9.2.2: the server may have acted on it", frames: script(func(p *testnet.FramePeer) {
		p.Respond(p.Request().Stream, "abc")
		p.Body(p.Request().Stream)
	}), methods: getPost, conns: 1, kind: client.ErrEmptyReply, check: func(err error) bool {
		var e *h2.ConnError
		return errors.As(err, &e) && e.Reused && e.NoResponse && !errors.Is(err, h2.ErrUnprocessed)
	}},
	{name: "reset", reason: "the server may have acted on it", frames: script(func(p *testnet.FramePeer) {
		p.RST(p.Request().Stream, http2.ErrCodeInternal)
		answers(p)
	}), methods: get1, conns: 1, kind: client.ErrHTTP2Stream, check: streamError(http2.ErrCodeInternal, true), goesOn: true},
	{name: "reset in the body", reason: "what has come can be read", frames: script(func(p *testnet.FramePeer) {
		stream := p.Request().Stream
		p.Begin(stream, "abc")
		p.RST(stream, http2.ErrCodeCancel)
		answers(p)
	}), methods: get1, status: 200, body: "abc", conns: 1, kind: client.ErrHTTP2Stream, check: streamError(http2.ErrCodeCancel, true), goesOn: true},
	{name: "cut in the body", reason: "the end of the connection is not the end of the body", frames: script(func(p *testnet.FramePeer) {
		p.Begin(p.Request().Stream, "abc")
		p.Cut()
	}), methods: get1, status: 200, body: "abc", conns: 1, kind: client.ErrIncompleteRead, check: has(io.ErrUnexpectedEOF)},
	{name: "truncated body", reason: "RFC 9113 §8.1.1", frames: fails("RST_STREAM %d PROTOCOL_ERROR", func(p *testnet.FramePeer, stream uint32) {
		p.Headers(stream, false, ":status", "200", "content-length", "10")
		p.Data(stream, true, []byte("abc"))
	}), methods: get1, status: 200, body: "abc", conns: 1, kind: client.ErrIncompleteRead, check: streamError(http2.ErrCodeProtocol, false), goesOn: true},
	{name: "malformed field", reason: "RFC 9113 §8.2.1", frames: fails("RST_STREAM %d PROTOCOL_ERROR", func(p *testnet.FramePeer, stream uint32) {
		p.Headers(stream, true, ":status", "200", "Server", "x")
	}), methods: get1, conns: 1, kind: client.ErrHTTP2Stream, check: streamError(http2.ErrCodeProtocol, false), goesOn: true},
	{name: "header bomb", reason: "bounded memory", frames: fails("RST_STREAM %d ENHANCE_YOUR_CALM", func(p *testnet.FramePeer, stream uint32) {
		pairs := []string{":status", "200"}
		for range 300 {
			pairs = append(pairs, "x-a", strings.Repeat("v", 4000)) // one is indexed, the others refer to it
		}
		p.Headers(stream, true, pairs...)
	}), methods: get1, conns: 1, kind: client.ErrHTTP2Stream, check: streamError(http2.ErrCodeEnhanceYourCalm, false), goesOn: true},
	{name: "DATA on stream 0", reason: "RFC 9113 §6.1", frames: fails("GOAWAY 0 PROTOCOL_ERROR", func(p *testnet.FramePeer, _ uint32) {
		p.Data(0, false, []byte("x"))
	}), methods: get1, conns: 1, kind: client.ErrHTTP2, check: connError(http2.ErrCodeProtocol)},
	{name: "PING flood", reason: "bounded work", frames: floods(http2.FramePing, make([]byte, 8)),
		methods: get1, conns: 1, kind: client.ErrHTTP2, check: connError(http2.ErrCodeEnhanceYourCalm)},
	{name: "SETTINGS flood", reason: "bounded work", frames: floods(http2.FrameSettings, nil),
		methods: get1, conns: 1, kind: client.ErrHTTP2, check: connError(http2.ErrCodeEnhanceYourCalm)},
	{name: "CONTINUATION flood", reason: "bounded work", frames: fails("GOAWAY 0 ENHANCE_YOUR_CALM", func(p *testnet.FramePeer, stream uint32) {
		p.Frame(http2.FrameHeaders, 0, stream, []byte("\x88"))
		for range 129 {
			p.Frame(http2.FrameContinuation, 0, stream, nil)
		}
	}), methods: get1, conns: 1, kind: client.ErrHTTP2, check: connError(http2.ErrCodeEnhanceYourCalm)},
}

// floods sends frames that want an answer until the client has had enough. It reads the answers, as a client cannot
// get rid of a GOAWAY behind answers that nobody reads.
func floods(typ http2.FrameType, payload []byte) func(*testnet.FramePeer) {
	return script(func(p *testnet.FramePeer) {
		p.Request()
		p.Ignore("SETTINGS 0", "WINDOW_UPDATE", "PRIORITY")
		var some []byte
		const n = 50
		for range n {
			some = testnet.AppendFrame(some, typ, 0, 0, payload)
		}
		for {
			p.Raw(some)
			for range n {
				f := p.Next()
				if strings.Contains(f, " ack") {
					continue
				}
				if f != "GOAWAY 0 ENHANCE_YOUR_CALM" {
					p.Errorf("client sent %q", f)
				}
				return
			}
		}
	})
}

func TestScriptedHTTP2(t *testing.T) {
	t.Parallel()
	for _, x := range scriptedHTTP2 {
		x.run(t, "h2")
	}
}
