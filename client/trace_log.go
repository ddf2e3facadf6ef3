package client

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/wirelike/wirelike/internal/plan"
)

// witness writes down what a session does, for people. Values of fields that carry credentials are hidden, credentials in
// URLs left out. A nil witness does nothing.
type witness struct {
	log *slog.Logger

	mu   *sync.Mutex // held to write to dump
	dump io.Writer
}

func newWitness(log *slog.Logger, dump io.Writer, mu *sync.Mutex) *witness {
	if log == nil && dump == nil {
		return nil
	}
	return &witness{log: log, mu: mu, dump: dump}
}

// response is called for each head that has come.
func (w *witness) response(x *chain, r *Response) {
	if w == nil {
		return
	}
	if w.log != nil {
		w.log.LogAttrs(x.ctx, slog.LevelDebug, "response", slog.String("method", x.method), slog.String("url", redact(x.url)),
			slog.Int("attempt", x.tries), slog.Int("status", r.StatusCode), slog.String("proto", r.Proto), slog.Bool("reused", r.Info.Reused),
			slog.Duration("first_byte", r.Info.FirstByte))
	}
	if w.dump == nil {
		return
	}
	var b strings.Builder
	how := "a new connection"
	if r.Info.Reused {
		how = "a connection that was used before"
	}
	fmt.Fprintf(&b, "* attempt %d: %s %s over %s, %s\n", x.tries, x.method, redact(x.url), r.Proto, how)
	if r.Proto != "HTTP/2.0" {
		fmt.Fprintf(&b, "> %s %s HTTP/1.1\n", x.method, cmp.Or(x.plan.Target, plan.Target(x.url)))
	}
	prefixed(&b, "> ", r.Info.Sent)
	fmt.Fprintf(&b, "< %s %s\n", r.Proto, r.Status())
	prefixed(&b, "< ", r.Header)
	w.write(b.String())
}

// failure is called for each attempt without response.
func (w *witness) failure(x *chain, err error) {
	if w == nil {
		return
	}
	if w.log != nil {
		w.log.LogAttrs(x.ctx, slog.LevelDebug, "failure", slog.String("method", x.method), slog.String("url", redact(x.url)),
			slog.Int("attempt", x.tries), slog.String("error", err.Error()))
	}
	w.write(fmt.Sprintf("* attempt %d: %s %s: %v\n", x.tries, x.method, redact(x.url), err))
}

// retry is called before each pause.
func (w *witness) retry(x *chain, pause time.Duration) {
	if w == nil {
		return
	}
	if w.log != nil {
		w.log.LogAttrs(x.ctx, slog.LevelDebug, "retry", slog.String("method", x.method), slog.String("url", redact(x.url)), slog.Duration("pause", pause))
	}
	w.write(fmt.Sprintf("* again in %v\n", pause))
}

// data is called for each piece of a body.
func (w *witness) data(b []byte) {
	if w == nil || w.dump == nil || len(b) == 0 {
		return
	}
	const most = 40
	text, more := b, ""
	if len(text) > most {
		text, more = text[:most], "…"
	}
	w.write(fmt.Sprintf("< DATA, %d bytes: %q%s\n", len(b), text, more))
}

func (w *witness) write(s string) {
	if w.dump == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	_, _ = io.WriteString(w.dump, s) // a log that fails must not fail what it is about
}

// prefixed writes a line for each field.
func prefixed(b *strings.Builder, prefix string, h Header) {
	for line := range strings.Lines(h.String()) {
		b.WriteString(prefix + line)
	}
}
