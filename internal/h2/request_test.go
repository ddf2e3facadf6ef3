package h2

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/wirelike/wirelike/fingerprint"
)

// TestRequestBodies: how a body that goes wrong, or an answer to it, ends the request.
func TestRequestBodies(t *testing.T) {
	broken := io.MultiReader(strings.NewReader("abc"), errReader{})
	for _, tt := range []struct {
		name   string
		body   io.Reader
		length int64
		frames []string
		err    error
		text   string
	}{
		{"unknown", strings.NewReader("abc"), -1, []string{"DATA 1 3", "DATA 1 0 end"}, nil, ""},
		{"unknown, EOF with the last bytes", &lastRead{"abc"}, -1, []string{"DATA 1 3 end"}, nil, ""},
		{"unknown, empty", strings.NewReader(""), -1, []string{"DATA 1 0 end"}, nil, ""},
		{"known", strings.NewReader("abc"), 3, []string{"DATA 1 3 end"}, nil, ""},
		{"too short", strings.NewReader("abc"), 4, []string{"RST_STREAM 1 CANCEL"}, ErrBodyLength, "request body"},
		{"empty though known", strings.NewReader(""), 4, []string{"RST_STREAM 1 CANCEL"}, ErrBodyLength, "request body"},
		{"too long", strings.NewReader("abc"), 2, []string{"RST_STREAM 1 CANCEL"}, ErrBodyLength, "not as long as announced"},
		{"broken", broken, -1, []string{"RST_STREAM 1 CANCEL"}, errCause, "request body"},
		{"broken, known", errReader{}, 3, []string{"RST_STREAM 1 CANCEL"}, errCause, "request body"},
		{"stuck", stuckReader{}, -1, []string{"RST_STREAM 1 CANCEL"}, io.ErrNoProgress, "request body"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, nil)
				p.Settings()
				p.Got()
				body := &trackedBody{Reader: tt.body}
				req := request(body)
				req.Length = tt.length
				r := start(t.Context(), c, req)
				got := p.Got()
				if tt.err != nil { // what had been read before may have been sent or not
					got = slices.DeleteFunc(got, func(f string) bool { return strings.HasPrefix(f, "DATA 1 3") })
				}
				if want := append([]string{"HEADERS 1 :method=POST :path=/"}, tt.frames...); !slices.Equal(got, want) {
					t.Errorf("client sent %q, want %q", got, want)
				}
				body.wantClosed(t)
				if tt.err != nil {
					if err := r.failed(t); !errors.Is(err, tt.err) || !strings.Contains(err.Error(), tt.text) || errors.Is(err, ErrUnprocessed) {
						t.Errorf("error %v", err)
					}
					return
				}
				p.Respond(1, "fine")
				if s := text(t, r.ok(t)); s != "fine" {
					t.Errorf("%q", s)
				}
			})
		})
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errCause }

type stuckReader struct{}

func (stuckReader) Read([]byte) (int, error) { return 0, nil }

// lastRead returns its text together with io.EOF.
type lastRead struct{ s string }

func (r *lastRead) Read(p []byte) (int, error) { return copy(p, r.s), io.EOF }

// TestNoBody: how a request without body ends, for Firefox by its method (recordings empty-h2.json).
func TestNoBody(t *testing.T) {
	const update = "WINDOW_UPDATE 3 12451840"
	for _, row := range []struct {
		name, method string
		config       *Config
		want         []string
	}{
		{"neutral", "POST", nil, []string{"HEADERS 1 end"}},
		{"chromium", "POST", chromiumConfig(), []string{"HEADERS 1 end"}},
		{"firefox POST", "POST", firefoxConfig(), []string{"HEADERS 3", update, "DATA 3 0 end"}},
		{"firefox PUT", "PUT", firefoxConfig(), []string{"HEADERS 3", update, "DATA 3 0 end"}},
		{"firefox PATCH", "PATCH", firefoxConfig(), []string{"HEADERS 3 end", update}},
		{"firefox DELETE", "DELETE", firefoxConfig(), []string{"HEADERS 3 end", update}},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, row.config)
				p.Settings()
				p.Got()
				body := &trackedBody{Reader: new(counter)}
				req := request(body)
				req.Method, req.Length = row.method, 0
				r := start(t.Context(), c, req)
				got := p.Got()
				for i, f := range got {
					got[i], _, _ = strings.Cut(f, " :")
				}
				if !slices.Equal(got, row.want) {
					t.Errorf("client sent %q, want %q", got, row.want)
				}
				body.wantClosed(t)
				id := uint32(1)
				if row.config != nil {
					id = row.config.FirstStream
				}
				p.Respond(max(id, 1), "fine")
				if s := text(t, r.ok(t)); s != "fine" {
					t.Errorf("%q", s)
				}
			})
		})
	}
}

// TestEarlyResponse: the answer arrives while the request is being sent.
func TestEarlyResponse(t *testing.T) {
	for _, how := range []string{"close", "cancel", "finish"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, nil)
				p.Settings()
				p.Got()
				body, w := pipeBody()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				r := start(ctx, c, request(body))
				w.Write([]byte("abc"))
				p.Respond(1, "early")
				p.Want("HEADERS 1 :method=POST :path=/", "DATA 1 3")
				resp := r.ok(t)
				b, err := io.ReadAll(resp.Body)
				if string(b) != "early" || err != nil {
					t.Errorf("%q, %v", b, err)
				}
				switch how {
				case "close":
					resp.Body.Close()
					p.Want("RST_STREAM 1 CANCEL")
				case "cancel":
					cancel()
					p.Want("RST_STREAM 1 CANCEL")
				case "finish":
					w.Write([]byte("def"))
					w.Close()
					p.Want("DATA 1 3", "DATA 1 0 end")
				}
				body.wantClosed(t)
				resp.Body.Close()
				p.Want()
				if !c.Available() || len(c.streams) != 0 {
					t.Errorf("%d streams", len(c.streams))
				}
			})
		})
	}
}

func TestRequestsRefused(t *testing.T) {
	for _, f := range [][]string{
		{":method", "GET", "Accept", "*/*"}, {"", "x"}, {":", "x"}, {"a:b", "x"}, {"a b", "x"}, {"a", "x\r\ny"}, {"a", "\x00"},
		{"connection", "close"}, {"transfer-encoding", "chunked"}, {"accept", "x", ":path", "/"},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, p := connect(t, nil)
			req := request(nil)
			body := &trackedBody{Reader: new(counter)}
			req.Fields, req.Body, req.Length = fields(f...), body, -1
			if err := start(t.Context(), c, req).failed(t); !strings.HasPrefix(err.Error(), "h2: ") {
				t.Errorf("error %v", err)
			}
			body.wantClosed(t)
			p.Want()
		})
	}
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, nil)
		for _, weight := range []int{0, 257} {
			req := request(nil)
			req.Priority = &fingerprint.Priority{Weight: weight}
			if err := start(t.Context(), c, req).failed(t); !strings.Contains(err.Error(), "weight") {
				t.Errorf("error %v", err)
			}
		}
		p.Want()
	})
}
