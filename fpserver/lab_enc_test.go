package fpserver

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// decodeAs decodes one coding, named as in the path.
func decodeAs(name string, in io.Reader) ([]byte, error) {
	var r io.Reader
	var err error
	switch name {
	case "gzip":
		r, err = gzip.NewReader(in)
	case "deflate":
		r, err = zlib.NewReader(in)
	case "deflate-raw":
		r = flate.NewReader(in)
	case "br":
		r = brotli.NewReader(in)
	case "zstd":
		var z *zstd.Decoder
		z, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
		if err == nil {
			defer z.Close()
			r = z
		}
	case "identity":
		r = in
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestLabEnc(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	overBoth(t, s, func(t *testing.T, c *http.Client, h2 bool) {
		for _, name := range codingNames {
			token, _, _ := strings.Cut(name, "-")
			for _, n := range []int{0, 1, 1000, 100_000} {
				path := fmt.Sprint("/enc/", name, "?n=", n)
				resp, b := fetch(t, c, "GET", s.URL+path, nil)
				plain, err := decodeAs(name, bytes.NewReader(b))
				if resp.StatusCode != 200 || resp.Header.Get("Content-Encoding") != token || resp.ContentLength != int64(len(b)) || err != nil || string(plain) != patternText(0, n) {
					t.Errorf("%s: %s %v, %d bytes, %v", path, resp.Status, resp.Header, len(plain), err)
				}
				if n > 1000 && len(b) > n/4 {
					t.Errorf("%s: %d bytes are not compressed", path, len(b))
				}
				chunked, again := fetch(t, c, "POST", s.URL+path+"&framing=chunked", strings.NewReader("body"))
				if chunked.ContentLength != -1 || !bytes.Equal(again, b) {
					t.Errorf("%s: chunked has length %d and %d other bytes", path, chunked.ContentLength, len(again))
				}
			}
		}
		_, one := fetch(t, c, "GET", s.URL+"/enc/gzip", nil)
		_, three := fetch(t, c, "GET", s.URL+"/enc/gzip?members=3", nil)
		plain, err := decodeAs("gzip", bytes.NewReader(three))
		if string(plain) != patternText(0, 1000) || err != nil || bytes.Count(three, one[:10]) != 3 {
			t.Errorf("members: %d bytes, %v", len(plain), err)
		}
	})
}

func TestLabEncMulti(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	overBoth(t, s, func(t *testing.T, c *http.Client, h2 bool) {
		for _, row := range []struct{ list, token string }{
			{"deflate,gzip", "deflate, gzip"}, {"br", "br"}, {"gzip,identity,zstd,deflate-raw", "gzip, identity, zstd, deflate"},
			{"br,br,br,br,br,br,br,br,br,br", "br, br, br, br, br, br, br, br, br, br"},
		} {
			resp, b := fetch(t, c, "GET", s.URL+"/enc/multi?n=5000&codings="+row.list, nil)
			for _, name := range slices.Backward(strings.Split(row.list, ",")) {
				var err error
				if b, err = decodeAs(name, bytes.NewReader(b)); err != nil {
					t.Errorf("%s: %v", row.list, err)
				}
			}
			if got := resp.Header["Content-Encoding"]; !slices.Equal(got, []string{row.token}) || string(b) != patternText(0, 5000) {
				t.Errorf("%s: %q, %d bytes", row.list, got, len(b))
			}
		}
	})
}

// TestLabEncBad checks that each fault is one.
func TestLabEncBad(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	overBoth(t, s, func(t *testing.T, c *http.Client, h2 bool) {
		for _, name := range codingNames {
			_, good := fetch(t, c, "GET", s.URL+"/enc/"+name+"?n=5000", nil)
			for _, how := range []string{badTruncated, badCorrupt, badChecksum, badTrailing, badPlain, badEmpty, badUnknown} {
				found, _ := codingNamed(name)
				if how == badChecksum && found.check == 0 {
					continue
				}
				resp, b := fetch(t, c, "GET", s.URL+"/enc/bad?n=5000&of="+name+"&how="+how, nil)
				in := bytes.NewReader(b)
				plain, err := decodeAs(name, in)
				token := found.token
				ok := false
				switch how {
				case badUnknown:
					token, ok = "x-unknown", bytes.Equal(b, good)
				case badTrailing: // some decoders stop before it
					ok = bytes.HasPrefix(b, good) && len(b) == len(good)+32
				case badPlain:
					ok = string(b) == patternText(0, 5000) && err != nil
				case badEmpty:
					ok = len(b) == 0 && err != nil || name == "zstd" // no frame at all is a valid one for its decoder
				default:
					ok = err != nil
				}
				if !ok || resp.StatusCode != 200 || resp.ContentLength != int64(len(b)) || resp.Header.Get("Content-Encoding") != token {
					t.Errorf("%s %s: %s %v, %d bytes, %d decoded, %v", name, how, resp.Status, resp.Header, len(b), len(plain), err)
				}
			}
		}
		_, b := fetch(t, c, "GET", s.URL+"/enc/bad?how=truncated", nil)
		if _, err := decodeAs("gzip", bytes.NewReader(b)); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("truncated: %v", err)
		}
		_, b = fetch(t, c, "GET", s.URL+"/enc/bad?how=checksum", nil)
		if _, err := decodeAs("gzip", bytes.NewReader(b)); !errors.Is(err, gzip.ErrChecksum) {
			t.Errorf("checksum: %v", err)
		}
		if _, b = fetch(t, c, "GET", s.URL+"/enc/bad?how=checksum&of=deflate", nil); !isChecksum(decodeAs("deflate", bytes.NewReader(b))) {
			t.Error("checksum of deflate")
		}
	})
}

func isChecksum(_ []byte, err error) bool { return errors.Is(err, zlib.ErrChecksum) }

func TestLabEncBomb(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	overBoth(t, s, func(t *testing.T, c *http.Client, h2 bool) {
		for _, name := range codingNames {
			resp, b := fetch(t, c, "GET", s.URL+"/enc/bomb?n=3000001&of="+name, nil)
			plain, err := decodeAs(name, bytes.NewReader(b))
			token, _, _ := strings.Cut(name, "-")
			if len(plain) != 3_000_001 || bytes.Count(plain, []byte{0}) != len(plain) || err != nil || len(b) > 10_000 || resp.ContentLength != -1 || resp.Header.Get("Content-Encoding") != token {
				t.Errorf("%s: %d bytes of %d, %v, %v", name, len(plain), len(b), err, resp.Header)
			}
		}
	})
	if n := len(s.labs.coders); n != 0 {
		t.Errorf("%d slots are taken", n)
	}
}

// TestLabEncSlots checks that the number of answers that are compressed at once is bounded, and that waiting ends with the request.
func TestLabEncSlots(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for range maxCoders {
		s.codingSlot(t.Context())
	}
	fetch(t, s.Client(), "GET", s.URL+"/get", nil)
	conn := s.Conns()[0]
	ctx, cancel := context.WithCancel(t.Context())
	r, _ := http.NewRequestWithContext(ctx, "GET", s.URL+"/enc/gzip", nil)
	failed := make(chan error)
	go func() {
		_, err := s.Client().Do(r)
		failed <- err
	}()
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("there is a slot: %v", err)
	}
	<-s.labs.coders
	fetch(t, s.Client(), "GET", s.URL+"/enc/gzip", nil)
	fetch(t, s.Client(), "GET", s.URL+"/close", nil)
	await(t, conn)
	if n := len(s.labs.coders); n != maxCoders-1 {
		t.Errorf("%d slots are taken", n)
	}
}
