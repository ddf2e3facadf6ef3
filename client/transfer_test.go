package client_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

const big = 10 << 20

// engines has one profile for each way to send and receive.
var engines = profilesInUse[:3]

// noise returns n bytes that repeat nowhere.
func noise(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{7}).Read(b)
	return b
}

// TestBigBodies: 10 MiB both ways, over both protocols, as each engine and as none; half of them streamed.
func TestBigBodies(t *testing.T) {
	t.Parallel()
	data := noise(big)
	sum := sha256.Sum256(data)
	for _, http2 := range []bool{false, true} {
		srv := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
			h := sha256.New()
			n, err := io.Copy(h, r.Body)
			if err != nil || n != big {
				t.Errorf("the server got %d bytes: %v", n, err)
			}
			w.Header().Set("X-Sum", fmt.Sprintf("%x", h.Sum(nil)))
			w.Write(data)
		})
		for i, profile := range engines {
			t.Run(fmt.Sprintf("h2=%v %s", http2, profile), func(t *testing.T) {
				t.Parallel()
				c := &client.Call{Bytes: data}
				if (i == 1) == http2 {
					c = &client.Call{Body: io.MultiReader(bytes.NewReader(data[:1000]), bytes.NewReader(data[1000:]))}
				}
				r, err := srv.session(t, profile).Post(t.Context(), srv.url, c)
				if err != nil {
					t.Fatal(err)
				}
				got, err := r.Bytes()
				if err != nil {
					t.Fatal(err)
				}
				if r.Header.Get("X-Sum") != fmt.Sprintf("%x", sum) {
					t.Error("the server got something else")
				}
				if sha256.Sum256(got) != sum {
					t.Errorf("%d bytes, and not the right ones", len(got))
				}
			})
		}
	}
}

// TestConcurrentStreams: 16 requests at once on one HTTP/2 connection, with bodies both ways.
func TestConcurrentStreams(t *testing.T) {
	t.Parallel()
	const n, size = 16, 150_000
	data := noise(size)
	for _, profile := range engines {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			var all sync.WaitGroup
			all.Add(n)
			srv := newServer(t, true, func(w http.ResponseWriter, r *http.Request) {
				all.Done()
				all.Wait() // all are here before one goes on
				io.Copy(w, r.Body)
			})
			s := srv.session(t, profile)
			var wg sync.WaitGroup
			for range n {
				wg.Go(func() {
					r, err := s.Post(t.Context(), srv.url, &client.Call{Bytes: data})
					if err != nil {
						t.Error(err)
						return
					}
					if b, err := r.Bytes(); err != nil || !bytes.Equal(b, data) {
						t.Errorf("%d bytes, %v", len(b), err)
					}
				})
			}
			wg.Wait()
		})
	}
}

// TestSlowReader: a response that is read slowly neither stops the others on its connection nor loses anything.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	data := noise(2 << 20)
	for _, http2 := range []bool{false, true} {
		srv := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) { w.Write(data) })
		for _, profile := range engines {
			t.Run(fmt.Sprintf("h2=%v %s", http2, profile), func(t *testing.T) {
				t.Parallel()
				s := srv.session(t, profile)
				slow, err := s.Get(t.Context(), srv.url, nil)
				if err != nil {
					t.Fatal(err)
				}
				defer slow.Close()
				h, buf := sha256.New(), make([]byte, 1<<18)
				for i := 0; ; i++ {
					n, err := io.ReadFull(slow.Body, buf)
					h.Write(buf[:n])
					if err == io.EOF || err == io.ErrUnexpectedEOF {
						break
					}
					if err != nil {
						t.Fatal(err)
					}
					if i == 2 { // between two reads, another one is read completely
						quick, err := s.Get(t.Context(), srv.url, nil)
						if err != nil {
							t.Fatal(err)
						}
						if b, err := quick.Bytes(); err != nil || !bytes.Equal(b, data) {
							t.Fatalf("%d bytes, %v", len(b), err)
						}
					}
				}
				if want := sha256.Sum256(data); !bytes.Equal(h.Sum(nil), want[:]) {
					t.Error("other bytes")
				}
			})
		}
	}
}

// TestStreaming: a response is there with its head, and each chunk as it comes; a request body goes out as it is produced.
func TestStreaming(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		srv := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
			http.NewResponseController(w).EnableFullDuplex()
			w.(http.Flusher).Flush()
			br := bufio.NewReader(r.Body)
			for {
				line, err := br.ReadString('\n')
				if err != nil {
					return
				}
				io.WriteString(w, "got "+line)
				w.(http.Flusher).Flush()
			}
		})
		for _, profile := range engines {
			body, feed := io.Pipe()
			r, err := srv.session(t, profile).Post(t.Context(), srv.url, &client.Call{Body: body})
			if err != nil {
				t.Fatal(err)
			}
			br := bufio.NewReader(r.Body)
			for i := range 3 {
				fmt.Fprintln(feed, i)
				if line, err := br.ReadString('\n'); line != fmt.Sprintf("got %d\n", i) || err != nil {
					t.Errorf("h2=%v %s: %q, %v", http2, profile, line, err)
				}
			}
			feed.Close()
			if _, err := br.ReadByte(); err != io.EOF {
				t.Errorf("h2=%v %s: %v at the end", http2, profile, err)
			}
			r.Close()
		}
	}
}

// TestEarlyClose: Close of an endless body returns at once and the server learns of it.
func TestEarlyClose(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		gone := make(chan struct{}, 1)
		srv := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					break
				}
			}
			gone <- struct{}{}
		})
		for _, profile := range engines {
			s := srv.session(t, profile)
			r, err := s.Get(t.Context(), srv.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(r.Body, make([]byte, 1<<20)); err != nil {
				t.Fatal(err)
			}
			if err := r.Close(); err != nil {
				t.Errorf("h2=%v %s: %v", http2, profile, err)
			}
			select {
			case <-gone:
			case <-time.After(5 * time.Second):
				t.Errorf("h2=%v %s: the server goes on", http2, profile)
			}
			if _, err := r.Body.Read(make([]byte, 1)); !errors.Is(err, client.ErrClosed) {
				t.Errorf("read after close: %v", err)
			}
		}
	}
}

// TestCloseDuringRead: Close ends a Read that waits.
func TestCloseDuringRead(t *testing.T) {
	t.Parallel()
	for _, coding := range []string{"", "gzip"} {
		for _, http2 := range []bool{false, true} {
			release := make(chan struct{})
			srv := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
				if coding != "" {
					w.Header().Set("Content-Encoding", coding)
				}
				w.(http.Flusher).Flush()
				<-release
			})
			r, err := srv.session(t, "chromium156").Get(t.Context(), srv.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			started, done := make(chan struct{}), make(chan error, 1)
			go func() {
				close(started)
				_, err := r.Body.Read(make([]byte, 1))
				done <- err
			}()
			<-started
			r.Close()
			select {
			case err := <-done:
				if !errors.Is(err, client.ErrClosed) {
					t.Errorf("h2=%v %s: %v", http2, coding, err)
				}
			case <-time.After(5 * time.Second):
				t.Errorf("h2=%v %s: still reading", http2, coding)
			}
			close(release)
		}
	}
}

// TestCancelBody: the end of the context ends the body, with its reason.
func TestCancelBody(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		for _, profile := range engines {
			release := make(chan struct{})
			srv := newServer(t, http2, func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, "begin")
				w.(http.Flusher).Flush()
				<-release
			})
			because := errors.New("because")
			ctx, cancel := context.WithCancelCause(t.Context())
			r, err := srv.session(t, profile).Get(ctx, srv.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(r.Body, make([]byte, 5)); err != nil {
				t.Fatal(err)
			}
			time.AfterFunc(10*time.Millisecond, func() { cancel(because) })
			_, err = r.Body.Read(make([]byte, 1))
			if !errors.Is(err, client.ErrCanceled) || !errors.Is(err, context.Canceled) {
				t.Errorf("h2=%v %s: %v", http2, profile, err)
			}
			r.Close()
			close(release)
		}
	}
}

// TestKeepsConnection: a body that is read to its end, whatever its coding and framing, frees the connection.
func TestKeepsConnection(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, answer string }{
		{"length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"},
		{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"},
		{"no content", "HTTP/1.1 204 No Content\r\n\r\n"},
		{"coded, no content", "HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\n"},
		{"coded, empty", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n"},
		{"coded, empty chunks", "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
		{"coded chunks", "HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(deflated("ok")) + "0\r\n\r\n"},
		{"interim", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"},
	} {
		addr := testnet.Serve(t, func(c net.Conn) {
			br := bufio.NewReader(c)
			for {
				if _, err := http.ReadRequest(br); err != nil {
					return
				}
				io.WriteString(c, row.answer)
			}
		})
		s := newSession(t, nil)
		for i := range 3 {
			r, err := s.Get(t.Context(), "http://"+addr, nil)
			if err != nil {
				t.Fatalf("%s: %v", row.name, err)
			}
			if b, err := r.Bytes(); err != nil || string(b) != "ok" && len(b) > 0 {
				t.Errorf("%s: %q, %v", row.name, b, err)
			}
			if r.Info.Reused != (i > 0) {
				t.Errorf("%s: request %d reused %v", row.name, i, r.Info.Reused)
			}
		}
	}
}

func chunk(s string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(s), s) }
