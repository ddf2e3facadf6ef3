package h2

import (
	"context"
	"fmt"
	"io"
	"net"
	"testing"

	"golang.org/x/net/http2"
)

// answerer is a server that costs little: it answers every GET with the same bytes.
func answerer(tb testing.TB) net.Conn {
	tb.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close()
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}
	sc, err := l.Accept()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { sc.Close() })
	go func() {
		io.CopyN(io.Discard, sc, 24)
		fr := http2.NewFramer(sc, sc)
		fr.WriteSettings()
		b := append(appendHeader(nil, 5, http2.FrameHeaders, 4, 0), 0x88, 0x0f, 0x0d, 0x01, 0x35) // 200, content-length 5
		b = append(appendHeader(b, 5, http2.FrameData, 1, 0), "hello"...)
		for {
			f, err := fr.ReadFrame()
			if err != nil {
				return
			}
			if f.Header().Type == http2.FrameHeaders {
				id := f.Header().StreamID
				putHeader(b, 5, http2.FrameHeaders, 4, id)
				putHeader(b[14:], 5, http2.FrameData, 1, id)
				if _, err := sc.Write(b); err != nil {
					return
				}
			}
		}
	}()
	return nc
}

// BenchmarkGet: a small GET on a connection that is open already.
func BenchmarkGet(b *testing.B) {
	for _, parallel := range []bool{false, true} {
		b.Run(fmt.Sprintf("parallel=%v", parallel), func(b *testing.B) {
			c := newTestConn(b, answerer(b), chromiumConfig())
			req := real("GET", "/", nil, 0)
			req.Fields = browserFields(1)
			buf := func() error {
				resp, err := c.RoundTrip(context.Background(), req)
				if err != nil {
					return err
				}
				defer resp.Body.Close()
				_, err = io.Copy(io.Discard, resp.Body)
				return err
			}
			b.ReportAllocs()
			if !parallel {
				for b.Loop() {
					if err := buf(); err != nil {
						b.Fatal(err)
					}
				}
				return
			}
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := buf(); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

const benchSize = 16 << 20

func BenchmarkDownload(b *testing.B) {
	for _, withTLS := range []bool{false, true} {
		dial := goServer(b, withTLS)
		for name, cfg := range realConfigs() {
			b.Run(fmt.Sprintf("tls=%v/%s", withTLS, name), func(b *testing.B) {
				c := newTestConn(b, dial(), cfg)
				b.SetBytes(benchSize)
				b.ReportAllocs()
				buf := make([]byte, 32<<10)
				for b.Loop() {
					resp, err := c.RoundTrip(context.Background(), real("GET", fmt.Sprint("/zero?", benchSize), nil, 0))
					if err != nil {
						b.Fatal(err)
					}
					if n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, resp.Body, buf); n != benchSize || err != nil {
						b.Fatal(n, err)
					}
					resp.Body.Close()
				}
			})
		}
	}
}

// zeros is an endless Reader that costs nothing.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func BenchmarkUpload(b *testing.B) {
	for _, withTLS := range []bool{false, true} {
		dial := goServer(b, withTLS)
		for name, cfg := range realConfigs() {
			b.Run(fmt.Sprintf("tls=%v/%s", withTLS, name), func(b *testing.B) {
				c := newTestConn(b, dial(), cfg)
				b.SetBytes(benchSize)
				b.ReportAllocs()
				for b.Loop() {
					resp, err := c.RoundTrip(context.Background(), real("POST", "/sink", io.LimitReader(zeros{}, benchSize), benchSize))
					if err != nil {
						b.Fatal(err)
					}
					if s, err := io.ReadAll(resp.Body); string(s) != fmt.Sprint(benchSize) || err != nil {
						b.Fatal(string(s), err)
					}
					resp.Body.Close()
				}
			})
		}
	}
}
