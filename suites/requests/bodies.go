package requests

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// bodies are specs of the bodies of requests and of the fields that describe them.
var bodies = []runner.Spec{
	runner.It("REQ-07", "an empty object and an empty list are JSON bodies", func(t *runner.Trial) {
		for want, v := range map[string]any{"{}": map[string]any{}, "[]": []int{}, "null": json.RawMessage("null")} {
			wantBody(t.Echo(subject.Request{Method: "POST", URL: t.URL("/echo"), JSON: v}), want)
		}
	}),
	runner.It("REQ-07", "two bodies are refused before anything is sent", func(t *runner.Trial) {
		for _, r := range []subject.Request{
			{Bytes: []byte("a"), JSON: 1}, {JSON: 1, Form: pairs("a", "b")}, {Bytes: []byte{}, Form: pairs()}, {Stream: strings.NewReader("a"), JSON: 1},
		} {
			r.Method, r.URL = "POST", t.URL("/echo")
			t.Fails(r, subject.Invalid)
		}
		gomega.Expect(len(t.Server().Conns())).To(gomega.BeZero(), "connections")
	}),
	runner.It("REQ-08", "JSON is compact, in UTF-8, without escapes for HTML", func(t *runner.Trial) {
		v := struct {
			A int    `json:"a"`
			B string `json:"b"`
		}{1, "\u00e9<>&"}
		wantBody(t.Echo(subject.Request{Method: "POST", URL: t.URL("/echo"), JSON: v}), `{"a":1,"b":"`+"\u00e9"+`<>&"}`)
	}),
	runner.It("REQ-08", "JSON that is made already is sent as it is", func(t *runner.Trial) {
		raw := `{ "b": 1, "a": "\u00e9" }`
		wantBody(t.Echo(subject.Request{Method: "POST", URL: t.URL("/echo"), JSON: json.RawMessage(raw)}), raw)
	}),
	runner.It("REQ-09", "a form keeps order and duplicates, and is encoded as in browsers", func(t *runner.Trial) {
		for want, form := range map[string][]subject.Field{
			"b=2&a=1&b=3":            pairs("b", "2", "a", "1", "b", "3"),
			"q=a+b%26c%3Dd":          pairs("q", "a b&c=d"),
			"foo%5B%5D=1":            pairs("foo[]", "1"),
			"%C3%A9=%E2%82%AC&none=": pairs("\u00e9", "\u20ac", "none", ""),
			"x=-._%21":               pairs("x", "-._!"),
			"x=%0D%0A":               pairs("x", "\r\n"),
			"=":                      pairs("", ""),
		} {
			wantBody(t.Echo(subject.Request{Method: "POST", URL: t.URL("/echo"), Form: form}), want)
		}
	}),
	runner.It("REQ-10", "each value of a name is a field of its own", func(t *runner.Trial) {
		wantBody(t.Echo(subject.Request{Method: "POST", URL: t.URL("/echo"), Form: pairs("a", "x", "a", "y")}), "a=x&a=y")
	}),
	runner.It("REQ-11", "4 MiB with all bytes arrive", func(t *runner.Trial) {
		b := make([]byte, 4<<20)
		rand.NewChaCha8([32]byte{7}).Read(b)
		b[5] = 0
		for _, protocol := range []string{"http/1.1", "h2"} {
			wantBody(t.Client(subject.Config{Protocol: protocol}).Echo(subject.Request{Method: "POST", URL: t.URL("/echo"), Bytes: b}), string(b))
		}
	}),
	runner.It("REQ-13", "a stream of unknown length is chunked, and a piece leaves before the next one is there", func(t *runner.Trial) {
		body := &producer{pieces: make(chan string), err: io.EOF}
		head := make(chan string, 1)
		url := t.Peer(func(p *runner.Peer) {
			head <- p.Head()
			defer ginkgo.GinkgoRecover()
			gomega.Expect(p.Chunk()).To(gomega.Equal("first"))
			body.pieces <- "second"
			gomega.Expect(p.Chunk()).To(gomega.Equal("second"))
			close(body.pieces)
			gomega.Expect(p.Chunk()).To(gomega.BeEmpty())
			p.Say("HTTP/1.1 204 No Content\r\n\r\n")
		})
		var feeding sync.WaitGroup
		feeding.Go(func() { body.pieces <- "first" })
		gomega.Expect(t.Do(subject.Request{Method: "POST", URL: url, Stream: body}).Status).To(gomega.Equal(204))
		feeding.Wait()
		h := strings.ToLower(<-head)
		gomega.Expect(h).To(gomega.ContainSubstring("\r\ntransfer-encoding: chunked\r\n"))
		gomega.Expect(h).NotTo(gomega.ContainSubstring("content-length"))
	}),
	runner.It("REQ-14", "a file is sent from where it stands, with the length of the rest", func(t *runner.Trial) {
		name := filepath.Join(ginkgo.GinkgoT().TempDir(), "file")
		gomega.Expect(os.WriteFile(name, []byte("0123456789"), 0o600)).To(gomega.Succeed())
		f, err := os.Open(name)
		gomega.Expect(err).NotTo(gomega.HaveOccurred())
		defer f.Close()
		_, err = f.Seek(5, io.SeekStart)
		gomega.Expect(err).NotTo(gomega.HaveOccurred())
		e := t.Echo(subject.Request{Method: "POST", URL: t.URL("/echo"), Stream: f})
		wantBody(e, "56789")
		gomega.Expect(runner.Sent(e, "Content-Length")).To(gomega.HaveExactElements("5"))
	}),
	runner.It("REQ-15", "the caller's length of a stream is announced", func(t *runner.Trial) {
		body := io.MultiReader(strings.NewReader("01234"), strings.NewReader("56789"))
		e := t.Client(subject.Config{Protocol: "http/1.1"}).Echo(subject.Request{Method: "POST", URL: t.URL("/echo"), Stream: body, Length: 10})
		wantBody(e, "0123456789")
		gomega.Expect(runner.Sent(e, "Content-Length")).To(gomega.HaveExactElements("10"))
		gomega.Expect(runner.Sent(e, "Transfer-Encoding")).To(gomega.BeEmpty())
	}),
	runner.It("REQ-15", "a stream of another length than announced is an error", func(t *runner.Trial) {
		for _, text := range []string{"012", "0123456789"} {
			for _, protocol := range []string{"http/1.1", "h2"} {
				c := t.Client(subject.Config{Protocol: protocol})
				c.Fails(subject.Request{Method: "POST", URL: t.URL("/echo"), Stream: io.MultiReader(strings.NewReader(text)), Length: 5}, subject.BodyLength)
			}
		}
	}),
	runner.It("REQ-16", "the error of the body's reader is in the error", func(t *runner.Trial) {
		for _, protocol := range []string{"http/1.1", "h2"} {
			boom := errors.New("boom")
			body := &producer{pieces: make(chan string, 1), err: boom}
			body.pieces <- "012"
			close(body.pieces)
			err := t.Client(subject.Config{Protocol: protocol}).Fails(subject.Request{Method: "POST", URL: t.URL("/echo"), Stream: body})
			gomega.Expect(errors.Is(err, boom)).To(gomega.BeTrue(), "%v", err)
		}
	}),
	runner.It("REQ-17", "a body is closed once, in all outcomes", func(t *runner.Trial) {
		closed := &producer{pieces: make(chan string), err: io.EOF}
		close(closed.pieces)
		t.Echo(subject.Request{Method: "POST", URL: t.URL("/echo"), Stream: closed})
		refused := &producer{pieces: make(chan string)}
		t.Fails(subject.Request{Method: "A B", URL: t.URL("/echo"), Stream: refused})
		failing := &producer{pieces: make(chan string, 1), err: errors.New("boom")}
		failing.pieces <- "012"
		close(failing.pieces)
		t.Fails(subject.Request{Method: "POST", URL: t.URL("/echo"), Stream: failing})
		canceled := &producer{pieces: make(chan string), err: io.EOF}
		ctx, cancel := context.WithCancel(t.Context)
		url := t.Peer(func(p *runner.Peer) {
			p.Head()
			p.Chunk()
			cancel()
			close(canceled.pieces)
			_, _ = io.Copy(io.Discard, p) // an end of ours would be another reason to fail
		})
		var feeding sync.WaitGroup
		feeding.Go(func() { canceled.pieces <- "012" })
		t.Client(subject.Config{}).With(ctx).Fails(subject.Request{Method: "POST", URL: url, Stream: canceled}, subject.Canceled)
		feeding.Wait()
		for name, b := range map[string]*producer{"success": closed, "invalid": refused, "failing reader": failing, "canceled": canceled} {
			gomega.Eventually(b.closed.Load).Should(gomega.Equal(int32(1)), name)
			gomega.Expect(b.closed.Load()).To(gomega.Equal(int32(1)), name)
		}
	}),
}
