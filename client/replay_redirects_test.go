package client_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"io/fs"
	"net"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// replayRedirects plays the redirects of the build's recordings through a session that follows them by itself: those of every kind
// of request over HTTP/2, all frames of the connection byte for byte; over HTTP/1.1 the same and those of recorded sessions, one
// of which leads to another site, every head, whichever connection it took.
func (b *replayed) replayRedirects(t *testing.T, used *usedExceptions) {
	for _, file := range append(b.redirectFiles(t), b.files...) {
		switch {
		case file == "redirects-h2.json":
			t.Run("redirects-h2", func(t *testing.T) {
				t.Parallel()
				used.count(&used.followed2, b.followHTTP2(t, file, used))
			})
		case file == "redirects-h1.json", strings.HasPrefix(file, "h1"), file == "cross-h1.json":
			t.Run("redirects of "+file, func(t *testing.T) {
				t.Parallel()
				n := b.followHTTP1(t, file, used)
				if n == 0 {
					t.Error("no redirect was followed")
				}
				used.count(&used.followed1, n)
			})
		}
	}
}

// redirectFiles returns the build's recordings of redirects of all kinds.
func (b *replayed) redirectFiles(t *testing.T) (names []string) {
	t.Helper()
	all, err := fs.Glob(captures, path.Join("captures", b.name, "redirects-*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		names = append(names, path.Base(name))
	}
	return names
}

// recordedHop is a redirect of a recorded connection: which request got it, and which followed.
type recordedHop struct{ from, to int }

// redirectedTo returns where the recording server redirected a request to.
func redirectedTo(target string) (next string, ok bool) {
	switch target {
	case "/redirect":
		return "/landed", true
	case "/x/out":
		return "/x/landed", true
	}
	name, ok := strings.CutPrefix(target, "/r/")
	return "/end/" + name, ok
}

// hopsOf pairs the requests that were redirected with those that followed, in their order.
func hopsOf(t *testing.T, requests []recorded) (hops []recordedHop) {
	t.Helper()
	taken := map[int]bool{}
	for i := range requests {
		next, ok := redirectedTo(requests[i].target)
		if !ok {
			continue
		}
		to := 0
		for to < len(requests) && (requests[to].target != next || taken[to]) {
			to++
		}
		if to == len(requests) {
			t.Fatalf("nothing follows request %d, %s", i, requests[i].target)
		}
		taken[to] = true
		hops = append(hops, recordedHop{i, to})
	}
	return hops
}

// followHTTP2 plays the connection of a recording, and returns its number of redirects. A redirect is answered when all has come
// that the browser sent before it followed: requests at once meet as they did.
func (b *replayed) followHTTP2(t *testing.T, file string, used *usedExceptions) int {
	c := &b.evidence(t, file).Connections[0]
	want, requests := splitFrames(t, c.Client), recordedHTTP2(t, c)
	hops, where := hopsOf(t, requests), b.name+"/"+strings.TrimSuffix(file, ".json")
	s := newTheatre(t, file, "h2")
	s.follow(want, requests, hops)
	a := b.actor(t, s.dial(t), where, used)
	var all sync.WaitGroup
	begun := 0
	ended := make([]chan struct{}, len(hops))
	for i, h := range hops {
		for ; begun < h.from; begun++ {
			<-s.arrived
		}
		for k, earlier := range hops[:i] {
			if earlier.to < h.from && s.held[requests[earlier.to].stream] == 0 {
				<-ended[k] // so that its stream is not open any more
			}
		}
		r := &requests[h.from]
		ended[i] = make(chan struct{})
		send := a.prepare(t, r)
		ctx := t.Context()
		if i == 0 && s.settingsAfter == 0 {
			ctx = s.settled(ctx)
		}
		all.Go(func() {
			defer close(ended[i])
			res, err := send(ctx)
			if err == nil {
				_, err = res.Bytes()
			}
			if err != nil {
				t.Errorf("%s: %s: %v", where, r.target, err)
			}
		})
	}
	all.Wait()
	a.transport.Close()
	used.compare(t, where, where, splitFrames(t, s.received()), want, requests)
	return len(hops)
}

// follow makes the server answer as the recorded one did.
func (s *theatre) follow(want []sentFrame, requests []recorded, hops []recordedHop) {
	s.schedule(want, requests)
	s.arrived, s.answers = make(chan struct{}, len(requests)), map[string]*recordedAnswer{}
	for _, h := range hops {
		r := &requests[h.from]
		delete(s.held, r.stream) // open until it is answered
		s.answers[streamKey(r.stream)] = &recordedAnswer{location: requests[h.to].target, after: h.to}
	}
}

// followHTTP1 plays the redirects of a recording over any connections, and returns their number: each head must be the browser's.
func (b *replayed) followHTTP1(t *testing.T, file string, used *usedExceptions) int {
	e := b.evidence(t, file)
	var requests []recorded
	for i := range e.Connections {
		if c := &e.Connections[i]; c.ALPN != "h2" && len(c.Client) > 0 {
			requests = append(requests, recordedHTTP1(t, withPorts(c.Client, e, t), "https")...)
		}
	}
	hops, where := hopsOf(t, requests), b.name+"/"+strings.TrimSuffix(file, ".json")
	s := &route{heads: make(chan string, 40), answers: map[string]*recordedAnswer{cookieTarget: {cookies: true}}}
	for _, h := range hops {
		from, to := &requests[h.from], &requests[h.to]
		location := to.target
		if to.authority != from.authority {
			location = "https://" + to.authority + to.target
		}
		s.answers[from.target] = &recordedAnswer{location: location}
	}
	b = &replayed{name: b.name, profile: b.profile, jar: client.NewJar(&client.JarOptions{Rules: client.RulesFor(b.profile.Browser.Engine)})}
	a := b.actor(t, s.dial(t), where, used)
	play := func(r *recorded) {
		res, err := a.play(t.Context(), t, r)
		if err == nil {
			_, err = res.Bytes()
		}
		if err != nil {
			t.Fatalf("%s: %s: %v", where, r.target, err)
		}
	}
	if i := slices.IndexFunc(requests, func(r recorded) bool { return r.target == cookieTarget }); i >= 0 {
		play(&requests[i])
		<-s.heads
	}
	for _, h := range hops {
		play(&requests[h.from])
		if len(s.heads) != 2 {
			t.Fatalf("%s: %s: %d requests", where, requests[h.from].target, len(s.heads))
		}
		for _, r := range []*recorded{&requests[h.from], &requests[h.to]} {
			if got, want := <-s.heads, strings.Join(r.lines, "\n"); got != want {
				t.Errorf("%s: %s:\ngot  %q\nwant %q", where, r.target, got, want)
			}
		}
	}
	return len(hops)
}

// route is a server of any connections over HTTP/1.1.
type route struct {
	answers map[string]*recordedAnswer // by target
	heads   chan string                // what came; there is one request at a time
}

func (s *route) dial(t *testing.T) dialer {
	config := testnet.NewCA(t, time.Now()).Server("http/1.1")
	addr := testnet.Serve(t, func(c net.Conn) {
		defer c.Close()
		c = tls.Server(c, config)
		in := bufio.NewReader(c)
		for {
			lines, body, err := readHead(in)
			if err != nil {
				return
			}
			if _, err := io.CopyN(io.Discard, in, int64(body)); err != nil {
				return
			}
			s.heads <- strings.Join(lines, "\n")
			io.WriteString(c, s.answers[targetIn(lines[0])].head())
		}
	})
	return dialTo(addr)
}
