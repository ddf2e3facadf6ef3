package client_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/fingerprint"
)

// sessionException is what a replayed session has otherwise than the browser, or not by itself.
type sessionException struct {
	file, target string // the recording, or "build/*", and the request; no target stands for all
	// what differs: "weight" is the weight of the HTTP/2 priority, which stays that of the kind; "priority" is the value of
	// the field of that name, which is then given by the caller; "connection" is that the browser sends the request on the
	// connection of another origin, which this package never does (it is made to here); "hint" is a client hint without
	// value, which is given by the caller, because in a list a field without value is a slot.
	what, reason string
}

const (
	imageAgain    = "an image that the page asks for a second time has another priority, as it has by its place on a page"
	imageByScript = "an image that a script loads and that is not on the page has the lowest priority"
	connShared    = "this build took the connection to one name for another, whose address and certificate are the same"
	headless      = "before 116 a headless build has no brands to name and no platform"
)

var sessionExceptions = []sessionException{
	{"firefox140/tls12", "/i.png", "weight", imageAgain},
	{"firefox140/tls12", "/i.png", "priority", imageAgain},
	{"firefox140/plain", "/i.png", "priority", imageAgain},
	{"firefox153/plain", "/i.png", "priority", imageAgain},
	{"firefox153/plain-2", "/i.png", "priority", imageAgain},
	{"firefox153/redirects-h1", "/r/image", "priority", imageAgain},
	{"firefox159/h1", "/i.png", "priority", imageAgain},
	{"firefox159/hrr", "/i.png", "weight", imageAgain},
	{"firefox159/hrr", "/i.png", "priority", imageAgain},
	{"chromium131/cross-h2", "/x/img.png", "weight", imageByScript},
	{"chromium131/cross-h2", "/x/img.png", "priority", imageByScript},
	{"chromium156/cross-h2", "/x/img.png", "weight", imageByScript},
	{"chromium156/cross-h2", "/x/img.png", "priority", imageByScript},
	{"chromium131/cross-h2", "", "connection", connShared},
	{"chromium92/*", "", "hint", headless},
	{"chromium103/*", "", "hint", headless},
	{"chromium107/*", "", "hint", headless},
	{"chromium110/*", "", "hint", headless},
}

// usedExceptions keeps which exceptions were needed, and counts requests.
type usedExceptions struct {
	mu           sync.Mutex
	rows         [64]bool
	http2, http1 int
	cookies      int // fields, or crumbs of one
	followed     int // redirects in sessions, on the same connection
	followed2    int // others over HTTP/2
	followed1    int // and over HTTP/1.1
}

func (u *usedExceptions) count(what *int, n int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	*what += n
}

// allow tells whether a request has an exception.
func (u *usedExceptions) allow(file, target, what string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i, e := range sessionExceptions {
		of, all := strings.CutSuffix(e.file, "*")
		if (e.file == file || all && strings.HasPrefix(file, of)) && (e.target == target || e.target == "") && e.what == what {
			u.rows[i] = true
			return true
		}
	}
	return false
}

// check fails for each exception that was not needed.
func (u *usedExceptions) check(t *testing.T) {
	t.Helper()
	for i, e := range sessionExceptions {
		if !u.rows[i] && !t.Failed() {
			t.Errorf("%s %s: the exception of the %s is not needed", e.file, e.target, e.what)
		}
	}
}

// compare compares the frames of a connection.
func (u *usedExceptions) compare(t *testing.T, file, where string, got, want []sentFrame, requests []recorded) {
	t.Helper()
	begun := 0
	for i := range want {
		if i == len(got) {
			t.Errorf("%s: %d frames, want %d; the next is %s", where, len(got), len(want), &want[i])
			return
		}
		target := ""
		if want[i].Type == http2.FrameHeaders {
			target = requests[begun].target
			begun++
		}
		if bytes.Equal(got[i].bytes, want[i].bytes) || sameButWeight(got[i].bytes, want[i].bytes) && target != "" && u.allow(file, target, "weight") {
			continue
		}
		t.Errorf("%s: frame %d (%s), request %d %s:\ngot  %s\nwant %s\nfields sent\n%swant\n%s", where, i, want[i].Type, begun, target, &got[i], &want[i],
			lines(t, got, i), lines(t, want, i))
		return
	}
	if len(got) > len(want) {
		t.Errorf("%s: %d frames too many: %s", where, len(got)-len(want), &got[len(want)])
	}
}

// sameButWeight tells whether two HEADERS frames differ at most in the weight.
func sameButWeight(a, b []byte) bool {
	const at = 9 + 4 // behind the frame's header and the dependency
	return len(a) == len(b) && len(a) > at && bytes.Equal(a[:at], b[:at]) && bytes.Equal(a[at+1:], b[at+1:])
}

// lines returns the fields of the request in frames[i], if it has any.
func lines(t *testing.T, frames []sentFrame, i int) (text string) {
	t.Helper()
	p := fingerprint.NewHTTP2Parser()
	p.Write([]byte(fingerprint.Preface))
	for _, f := range frames[:i+1] {
		p.Write(f.bytes)
	}
	if rs := p.HTTP2().Requests; len(rs) > 0 {
		for _, f := range rs[len(rs)-1].Fields {
			text += "  " + f.Name + ": " + f.Value + "\n"
		}
	}
	return text
}
