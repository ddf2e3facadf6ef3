package client_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/wirelike/wirelike/client"
)

func code(s string, open func(io.Writer) io.WriteCloser) string {
	var b bytes.Buffer
	w := open(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

func gzipped(s string) string {
	return code(s, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
}
func deflated(s string) string {
	return code(s, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
}
func rawDeflated(s string) string {
	return code(s, func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 6); return f })
}
func brotlied(s string) string {
	return code(s, func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) })
}
func zstded(s string) string {
	return code(s, func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z })
}

func TestContentCodings(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("the quick brown fox ", 4_000)
	noisy := string(noise(70_000))
	bad := errors.New("not decoded")
	rows := []struct {
		name, coding, body, want string
		err                      error // nil, io.ErrUnexpectedEOF or bad for any other; all are ErrContentDecoding
		reason                   string
	}{
		{"gzip", "gzip", gzipped("hello"), "hello", nil, "RFC 1952"},
		{"gzip, long", "gzip", gzipped(long), long, nil, ""},
		{"gzip, noise", "GZip", gzipped(noisy), noisy, nil, "names are case-insensitive"},
		{"x-gzip", "x-gzip", gzipped("hello"), "hello", nil, "RFC 9110 §8.4.1.3"},
		{"gzip members", "gzip", gzipped("hel") + gzipped("lo"), "hello", nil, "RFC 1952 §2.2: several members"},
		{"gzip, nothing coded", "gzip", gzipped(""), "", nil, ""},
		{"deflate", "deflate", deflated("hello"), "hello", nil, "RFC 9110 §8.4.1.2: zlib"},
		{"deflate, long", "deflate", deflated(long), long, nil, ""},
		{"deflate, raw", "deflate", rawDeflated("hello"), "hello", nil, "as many servers send it"},
		{"deflate, raw, long", "deflate", rawDeflated(long), long, nil, ""},
		{"deflate, raw, noise", "deflate", rawDeflated(noisy), noisy, nil, "stored blocks"},
		{"br", "br", brotlied("hello"), "hello", nil, "RFC 7932"},
		{"br, long", "br", brotlied(long), long, nil, ""},
		{"br, noise", "br", brotlied(noisy), noisy, nil, ""},
		{"zstd", "zstd", zstded("hello"), "hello", nil, "RFC 8878"},
		{"zstd, long", "zstd", zstded(long), long, nil, ""},
		{"zstd frames", "zstd", zstded("hel") + zstded("lo"), "hello", nil, "RFC 8878 §3.1: concatenated frames"},
		{"identity", "identity", "hello", "hello", nil, ""},
		{"identity and gzip", "identity, , gzip", gzipped("hello"), "hello", nil, "empty members are passed over"},
		{"two", "deflate, gzip", gzipped(deflated(long)), long, nil, "removed in reverse order"},
		{"five", "gzip,br,deflate,zstd,gzip", gzipped(zstded(deflated(brotlied(gzipped("hello"))))), "hello", nil, "as many as there may be"},
		{"six", "gzip,gzip,gzip,gzip,gzip,gzip", gzipped(gzipped(gzipped(gzipped(gzipped(gzipped("hello")))))), "", bad, "one too many"},
		{"unknown", "compress", "x", "", bad, "nobody speaks LZW"},
		{"no gzip", "gzip", "hello, this is no gzip", "", bad, ""},
		{"no br", "br", "\xff\xff\xff\xff", "", bad, ""},
		{"no zstd", "zstd", "hello, this is no zstd", "", bad, ""},
		{"no deflate", "deflate", "\xff\xff\xff", "", bad, ""},
		{"gzip, wrong sum", "gzip", wrongSum(gzipped("hello")), "hello", bad, "CRC"},
		{"garbage after gzip", "gzip", gzipped("hello") + "and more than ten bytes", "hello", nil, "browsers pass over it"},
		{"one byte after gzip", "gzip", gzipped("hello") + "\x00", "hello", nil, "padding"},
		{"much after gzip", "gzip", gzipped(noisy) + noisy, noisy, nil, "longer than any buffer"},
		{"1 MiB after gzip", "gzip", gzipped("hello") + strings.Repeat("x", 1<<20), "hello", nil, "the bound"},
		{"more than 1 MiB after gzip", "gzip", gzipped("hello") + strings.Repeat("x", 1<<20+1), "hello", bad, "it may have no end"},
		{"empty gzip members", "gzip", strings.Repeat(gzipped(""), 1<<10) + gzipped("hello"), "hello", nil, "the bound"},
		{"too many empty gzip members", "gzip", gzipped("hello") + strings.Repeat(gzipped(""), 1<<10+1), "hello", bad, "they may have no end"},
		{"gzip members among empty ones", "gzip", strings.Repeat(strings.Repeat(gzipped(""), 1<<9)+gzipped("a"), 3), "aaa", nil, "the count begins anew"},
		{"garbage after gzip members", "gzip", gzipped("hel") + gzipped("") + gzipped("lo") + "x\x1f\x8b", "hello", nil, "another member must begin at once"},
		{"garbage after gzip within br", "br, gzip", gzipped(brotlied("hello")) + "x", "hello", nil, "of the layer only"},
		{"second gzip member broken", "gzip", gzipped("hello") + "\x1f\x8b and no member", "hello", bad, "the magic says that it is one"},
		{"second gzip member with a wrong sum", "gzip", gzipped("hel") + wrongSum(gzipped("lo")), "hello", bad, "CRC"},
		{"second gzip member cut", "gzip", gzipped("hello") + gzipped("lo")[:15], "", io.ErrUnexpectedEOF, "a truncated body must not look complete"},
		{"second gzip member cut in its magic", "gzip", gzipped("hello") + gzipped("lo")[:1], "", io.ErrUnexpectedEOF, "nor there"},
		{"garbage after deflate", "deflate", deflated("hello") + "x", "hello", bad, ""},
		{"garbage after raw deflate", "deflate", rawDeflated("hello") + "x", "hello", bad, ""},
		{"garbage after br", "br", brotlied("hello") + "x", "hello", bad, ""},
		{"garbage after zstd", "zstd", zstded("hello") + "garbage", "hello", bad, ""},
	}
	for _, c := range []struct {
		name, coding string
		f            func(string) string
	}{{"gzip", "gzip", gzipped}, {"deflate", "deflate", deflated}, {"raw", "deflate", rawDeflated}, {"br", "br", brotlied}, {"zstd", "zstd", zstded}} {
		whole := c.f(noisy)
		for _, n := range []int{1, 2, 5, 11, len(whole) / 2, len(whole) - 5, len(whole) - 1} {
			rows = append(rows, struct {
				name, coding, body, want string
				err                      error
				reason                   string
			}{fmt.Sprintf("%s cut at %d", c.name, n), c.coding, whole[:n], "", io.ErrUnexpectedEOF, "a truncated body must not look complete"})
		}
	}
	srv := newServer(t, true, func(w http.ResponseWriter, r *http.Request) {
		i := 0
		fmt.Sscan(r.URL.RawQuery, &i)
		w.Header().Set("Content-Encoding", rows[i].coding)
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, rows[i].body)
	})
	s := srv.session(t, "chromium156")
	for i, row := range rows {
		r, err := s.Get(t.Context(), fmt.Sprintf("%s/?%d", srv.url, i), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Bytes()
		switch {
		case row.err == nil && (err != nil || string(got) != row.want):
			t.Errorf("%s (%s): %d bytes, %v", row.name, row.reason, len(got), err)
		case row.err != nil && !errors.Is(err, client.ErrContentDecoding):
			t.Errorf("%s (%s): %d bytes, %v", row.name, row.reason, len(got), err)
		case row.err == io.ErrUnexpectedEOF && !errors.Is(err, io.ErrUnexpectedEOF):
			t.Errorf("%s (%s): %v", row.name, row.reason, err)
		case row.err == bad && string(got) != row.want:
			t.Errorf("%s (%s): %q came before the error", row.name, row.reason, got)
		}
		if r.Header.Get("Content-Encoding") != row.coding {
			t.Errorf("%s: Content-Encoding is %q", row.name, r.Header.Get("Content-Encoding"))
		}
	}
	r, err := s.Get(t.Context(), srv.url+"/?0", &client.Call{Raw: true})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := r.Bytes(); string(b) != rows[0].body || err != nil || r.Info.Encodings != nil || r.Length != int64(len(b)) {
		t.Errorf("raw: %q, %v", b, err)
	}
}

// TestDecodersAreClean: what is left of a broken body does not get into the next one.
func TestDecodersAreClean(t *testing.T) {
	t.Parallel()
	coders := []struct {
		coding string
		f      func(string) string
	}{{"gzip", gzipped}, {"deflate", deflated}, {"deflate", rawDeflated}, {"br", brotlied}, {"zstd", zstded}}
	srv := newServer(t, true, func(w http.ResponseWriter, r *http.Request) {
		var i, n int
		fmt.Sscan(r.URL.Query().Get("i"), &i)
		fmt.Sscan(r.URL.Query().Get("n"), &n)
		w.Header().Set("Content-Encoding", coders[i].coding)
		body := coders[i].f("hello, hello, hello")
		switch n % 4 {
		case 0:
			body += "left over"
		case 2:
			body = body[:len(body)/2]
		}
		io.WriteString(w, body)
	})
	s := srv.session(t, "")
	for i, c := range coders {
		for n := range 30 {
			r, err := s.Get(t.Context(), srv.url, &client.Call{Query: client.Q("i", strconv.Itoa(i), "n", strconv.Itoa(n))})
			if err != nil {
				t.Fatal(err)
			}
			b, err := r.Bytes()
			good := n%2 == 1 || n%4 == 0 && c.coding == "gzip" // what is left over there is passed over
			if (err == nil) != good || err == nil && string(b) != "hello, hello, hello" {
				t.Errorf("%s, %d: %q, %v", c.coding, n, b, err)
			}
		}
	}
}

func wrongSum(s string) string {
	b := []byte(s)
	b[len(b)-6]++
	return string(b)
}

// TestMaxBody: a body that explodes when decoded is stopped at the limit, and its length is not believed.
func TestMaxBody(t *testing.T) {
	t.Parallel()
	bomb := gzipped(strings.Repeat("\x00", 2<<20))
	srv := newServer(t, true, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bomb" {
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, bomb)
			return
		}
		io.WriteString(w, "0123456789")
	})
	for _, row := range []struct {
		name, path string
		max        int64
		want       int
		ok         bool
	}{
		{"bomb", "/bomb", 1 << 20, 1 << 20, false},
		{"bomb without limit", "/bomb", -1, 2 << 20, true},
		{"bomb within the default", "/bomb", 0, 2 << 20, true},
		{"exactly", "/", 10, 10, true},
		{"one too many", "/", 9, 0, false},
	} {
		s := newSession(t, &client.Options{RootCAs: srv.ca.Pool(), MaxBody: row.max})
		r, err := s.Get(t.Context(), srv.url+row.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := r.Bytes()
		if (err == nil) != row.ok || !row.ok && !errors.Is(err, client.ErrTooLarge) || len(b) != row.want {
			t.Errorf("%s: %d bytes, %v", row.name, len(b), err)
		}
	}
}
