package fpserver

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

func newHeadTee(limit int) *headTee {
	return &headTee{rec: &recording{limit: limit, budget: &budget{max: 1 << 40}}, maxHead: 8 << 10}
}

func feedHeads(tee *headTee, in string, n int) {
	r := rand.New(rand.NewPCG(2, uint64(n)))
	for len(in) > 0 {
		k := min(len(in), 1+r.IntN(n))
		tee.feed([]byte(in[:k]))
		in = in[k:]
	}
}

const get11 = "GET /a HTTP/1.1\r\nHost: x\r\nX-Case: Kept\r\n\r\n"

func TestHeadTee(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("z", 3*keepBody)
	for _, row := range []struct {
		name, in string
		heads    []string
		gaveUp   bool
		reason   string
	}{
		{"one", get11, []string{get11}, false, "the usual case"},
		{"pipelined", get11 + "HEAD /b HTTP/1.1\r\n\r\n" + get11, []string{get11, "HEAD /b HTTP/1.1\r\n\r\n", get11}, false, "RFC 9112 §9.3.2"},
		{"bare LF", "GET / HTTP/1.1\nHost: x\n\n" + get11, []string{"GET / HTTP/1.1\nHost: x\n\n", get11}, false, "net/http accepts it"},
		{"empty lines before", "\r\n\r\n" + get11, []string{get11}, false, "RFC 9112 §2.2"},
		{"body", "POST / HTTP/1.1\r\ncontent-LENGTH:  5\r\n\r\n12\r\n\r" + get11, []string{"POST / HTTP/1.1\r\ncontent-LENGTH:  5\r\n\r\n", get11}, false, "a body that looks like the end of a head"},
		{"long body", "POST / HTTP/1.1\r\nContent-Length: " + fmt.Sprint(len(long)) + "\r\n\r\n" + long + get11,
			[]string{"POST / HTTP/1.1\r\nContent-Length: " + fmt.Sprint(len(long)) + "\r\n\r\n", get11}, false, "it is elided"},
		{"chunked", "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n3;ext=\"1\"\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Trailer: t\r\n\r\n" + get11,
			[]string{"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n", get11}, false, "RFC 9112 §7.1"},
		{"long chunks", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1800\r\n" + long[:0x1800] + "\r\n1800\r\n" + long[:0x1800] + "\r\n0\r\n\r\n" + get11,
			[]string{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", get11}, false, "several gaps"},
		{"both framings", "POST / HTTP/1.1\r\nContent-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + get11,
			[]string{"POST / HTTP/1.1\r\nContent-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n", get11}, false, "chunked wins (RFC 9112 §6.3)"},
		{"bad length", "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n" + get11, []string{"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"}, true, "where would the next head be?"},
		{"bad chunk", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n" + get11, []string{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"}, true, "as above"},
		{"no CRLF after chunk", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n" + get11, []string{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"}, true, "as above"},
		{"head too long", get11 + "GET / HTTP/1.1\r\nX: " + strings.Repeat("y", 9<<10) + "\r\n\r\n", []string{get11}, true, "net/http refuses it, too"},
		{"line too long", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;" + strings.Repeat("y", 9<<10) + "\r\nx\r\n0\r\n\r\n", []string{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"}, true, "as above"},
		{"cut off", get11 + "GET / HT", []string{get11}, false, "more may come"},
	} {
		for _, piece := range []int{1, 10, 1 << 20} {
			for _, limit := range []int{1 << 20, 100, 10} { // below the first limit some heads are kept beside the recording
				tee := newHeadTee(limit)
				feedHeads(tee, row.in, piece)
				var got []string
				for i := range tee.count {
					got = append(got, string(tee.take(i)))
				}
				if !reflect.DeepEqual(got, row.heads) || tee.gaveUp != row.gaveUp || tee.count != len(row.heads) {
					t.Errorf("%s in pieces of %d, limit %d (%s): gave up %t, heads %q", row.name, piece, limit, row.reason, tee.gaveUp, got)
				}
				if len(tee.rec.bytes) > limit {
					t.Errorf("%s: %d bytes recorded", row.name, len(tee.rec.bytes))
				}
				if limit == 1<<20 {
					checkRecording(t, row.name, row.in, tee)
				}
			}
		}
	}
}

// checkRecording checks that a recording is the client's bytes without the gaps, and reads like them.
func checkRecording(t *testing.T, name, in string, tee *headTee) {
	t.Helper()
	rec := fingerprint.Capture{Client: append(bytes.Clone(tee.rec.bytes), tee.rest()...), Elided: tee.rec.elided}
	pos, want := 0, in
	var kept []byte
	for _, e := range rec.Elided {
		n := e.Offset - pos
		kept = append(kept, want[:n]...)
		want = want[n+int(e.Length):]
		pos = e.Offset
	}
	kept = append(kept, want...)
	if !bytes.Equal(kept, rec.Client) {
		t.Errorf("%s: recording %.200q with gaps %v", name, rec.Client, rec.Elided)
	}
	a, err1 := fingerprint.Parse(&rec)
	b, err2 := fingerprint.Parse(&fingerprint.Capture{Client: fingerprint.Hex(in)})
	if !tee.gaveUp && (!reflect.DeepEqual(a, b) || fmt.Sprint(err1) != fmt.Sprint(err2)) {
		t.Errorf("%s: the recording reads differently: %v, %v", name, err1, err2)
	}
	for _, e := range rec.Elided {
		if e.Length < 100 {
			t.Errorf("%s: gap %v", name, e)
		}
	}
}

func TestHeadTeeLateIsBounded(t *testing.T) {
	t.Parallel()
	tee := newHeadTee(10)
	for range 2 * maxLate {
		tee.feed([]byte(get11))
	}
	if !tee.gaveUp || len(tee.late) != maxLate {
		t.Errorf("gave up %t with %d heads waiting", tee.gaveUp, len(tee.late))
	}
}

// FuzzHeadTee checks that a tee does not depend on how the bytes arrive.
func FuzzHeadTee(f *testing.F) {
	f.Add(get11, 3)
	f.Add("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"+get11, 2)
	f.Fuzz(func(t *testing.T, in string, n int) {
		if n < 1 {
			return
		}
		a, b := newHeadTee(500), newHeadTee(500)
		feedHeads(a, in, n)
		b.feed([]byte(in))
		if a.count != b.count || a.gaveUp != b.gaveUp || !bytes.Equal(a.rec.bytes, b.rec.bytes) || !reflect.DeepEqual(a.rec.elided, b.rec.elided) {
			t.Errorf("%q in pieces of %d: %d heads and %q, whole %d and %q", in, n, a.count, a.rec.bytes, b.count, b.rec.bytes)
		}
	})
}
