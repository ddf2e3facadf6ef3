package client_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/internal/testnet"
	"github.com/wirelike/wirelike/profiles"
)

// sessionFile matches the recordings of whole sessions; what comes before a dash and a number is their situation.
var sessionFile = regexp.MustCompile(`^(h2|tls12|hrr|h1|plain|cross-h2|cross-h1|gestures-h2|gestures-h1|empty-h2|empty-h1)(-\d+)?\.json$`)

// replayed is a build of a browser whose sessions are recorded.
type replayed struct {
	name, engine string
	version      int
	files        []string
	profile      *profiles.Profile
	jar          *client.Jar // of the session that is replayed
}

// TestReplaySessions plays every request of every recorded session through a client with the header lists that the
// recordings of that build give. Connection by connection it must send what the browser sent: over HTTP/2 all frames byte
// for byte, with stream ids, priorities and HPACK blocks; over HTTP/1.1 all heads and bodies. What is excepted is in
// sessionExceptions. Cookies come from the session's jar, by what the recorded server set,
// and a redirect that the browser followed on the same connection is followed by the session. On which connection a request went is taken from the recording, and so are the moments that belong to
// the server and not to the browser: when its SETTINGS arrive, and how long a response keeps its stream open. Connections
// without requests, which a browser opens in advance, are passed over. The client has one connection where Chromium has
// several, for requests with and without credentials and for iframes, or, over HTTP/1.1, for requests at once.
func TestReplaySessions(t *testing.T) {
	t.Parallel()
	builds := replayedBuilds(t)
	if len(builds) < 20 {
		t.Fatalf("only %d builds have recorded sessions", len(builds))
	}
	used := &usedExceptions{}
	t.Run("builds", func(t *testing.T) {
		for _, b := range builds {
			t.Run(b.name, func(t *testing.T) {
				t.Parallel()
				b.profile = b.makeProfile(t, builds)
				for _, file := range b.files {
					t.Run(strings.TrimSuffix(file, ".json"), func(t *testing.T) {
						t.Parallel()
						b.replay(t, file, used)
					})
				}
				b.replayRedirects(t, used)
			})
		}
	})
	used.check(t)
	if used.cookies == 0 || used.followed == 0 || used.followed1 == 0 || used.followed2 == 0 {
		t.Error("no cookie was compared, or no redirect followed")
	}
	t.Logf("%d builds: %d requests over HTTP/2, %d over HTTP/1.1, %d cookie fields from the jar, %d redirects followed; of other redirects %d over HTTP/2, %d over HTTP/1.1",
		len(builds), used.http2, used.http1, used.cookies, used.followed, used.followed2, used.followed1)
}

// replayedBuilds returns the builds with recordings of whole sessions over both protocols.
func replayedBuilds(t *testing.T) (builds []*replayed) {
	t.Helper()
	dirs, err := fs.ReadDir(captures, "captures")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		entries, err := fs.ReadDir(captures, path.Join("captures", dir.Name()))
		if err != nil {
			t.Fatal(err)
		}
		b := &replayed{name: dir.Name()}
		b.engine = strings.TrimRight(b.name, "0123456789")
		b.version, _ = strconv.Atoi(strings.TrimPrefix(b.name, b.engine))
		for _, e := range entries {
			if sessionFile.MatchString(e.Name()) {
				b.files = append(b.files, e.Name())
			}
		}
		if slices.Contains(b.files, "h2.json") && slices.Contains(b.files, "h1.json") {
			builds = append(builds, b)
		}
	}
	return builds
}

var captures = os.DirFS("../golden")

// makeProfile makes a profile of the build: the header lists and the HTTP/2 opening are its own, all else that of the
// engine's profile, which TLS hellos make no difference for here.
func (b *replayed) makeProfile(t *testing.T, builds []*replayed) *profiles.Profile {
	t.Helper()
	base, err := profiles.Lookup(map[string]string{"chromium": "chromium156", "firefox": "firefox153_linux"}[b.engine])
	if err != nil {
		t.Fatal(err)
	}
	kinds, err := golden.Kinds(captures, b.name, b.nearest(builds)...)
	if err != nil {
		t.Fatal(err)
	}
	p := *base
	p.Headers = kinds.Sets
	if strings.HasPrefix(base.Name, b.name) {
		return &p // its opening must be right already
	}
	e := b.evidence(t, "h2.json")
	for i := range e.Connections {
		if c := &e.Connections[i]; c.ALPN == "h2" && len(c.Client) > 0 {
			h2 := *base.First.HTTP2
			h2.Opening = parse(t, c).HTTP2.Opening
			p.First.HTTP2 = &h2
			break
		}
	}
	return &p
}

// nearest returns the builds of the engine that show what this one may lack, the nearest first, the older one of two.
func (b *replayed) nearest(builds []*replayed) (names []string) {
	others := slices.DeleteFunc(slices.Clone(builds), func(o *replayed) bool {
		return o.engine != b.engine || o == b || !slices.Contains(o.files, "cross-h2.json")
	})
	far := func(o *replayed) int { return max(2*(o.version-b.version), 2*(b.version-o.version)-1) }
	slices.SortFunc(others, func(x, y *replayed) int { return far(x) - far(y) })
	for _, o := range others {
		names = append(names, o.name)
	}
	return names
}

func (b *replayed) evidence(t *testing.T, file string) *golden.Evidence {
	t.Helper()
	e, err := golden.ReadEvidence(captures, path.Join("captures", b.name, file))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// replay plays one recording, with one jar for the session.
func (b *replayed) replay(t *testing.T, file string, used *usedExceptions) {
	e := b.evidence(t, file)
	b = &replayed{name: b.name, profile: b.profile, jar: client.NewJar(&client.JarOptions{Rules: client.RulesFor(b.profile.Browser.Engine)})}
	requests, cookies, name := 0, 0, b.name+"/"+strings.TrimSuffix(file, ".json")
	var all []connection
	for i := range e.Connections {
		c := &e.Connections[i]
		where := fmt.Sprintf("%s connection %d", name, i)
		switch {
		case len(c.Client) == 0: // a spare one, or one that failed
			continue
		case len(c.Elided) > 0:
			t.Errorf("%s: not all of it was kept", where)
			continue
		}
		all = append(all, func(turn func(*recorded) bool) {
			var played []recorded
			if c.ALPN == "h2" {
				played = b.replayHTTP2(t, name, where, c, turn, used)
				used.count(&used.http2, len(played))
			} else {
				played = b.replayHTTP1(t, name, where, c, e, turn, used)
				used.count(&used.http1, len(played))
			}
			requests += len(played)
			for i := range played {
				cookies += played[i].cookies()
			}
		})
	}
	inTurn(all)
	if requests < 8 {
		t.Errorf("%d requests are no session", requests)
	}
	none := func(p string) bool { return strings.HasPrefix(file, p) } // whose servers set none
	if cookies == 0 && !slices.ContainsFunc([]string{"cross-", "gestures-", "empty-"}, none) {
		t.Error("no cookie was compared")
	}
	used.count(&used.cookies, cookies)
}

// actor returns who plays a connection with the server.
func (b *replayed) actor(t *testing.T, dial dialer, name string, used *usedExceptions) *actor {
	t.Helper()
	tr := &client.Transport{InsecureSkipVerify: true, DialContext: dial}
	tr.UseProfile(b.profile)
	t.Cleanup(func() { tr.Close() })
	return &actor{
		transport: tr, session: newSession(t, &client.Options{Transport: tr, Cookies: b.jar}), profile: b.profile, seen: map[string]bool{},
		excepted: func(r *recorded, what string) bool { return used.allow(name, r.target, what) },
	}
}

// newTheatre returns the server for a recording: TLS as its situation has it.
func newTheatre(t *testing.T, file, alpn string) *theatre {
	t.Helper()
	s := &theatre{held: map[uint32]uint32{}, acked: make(chan struct{}), gone: make(chan struct{})}
	if strings.HasPrefix(file, "plain") {
		return s
	}
	s.tls = &tls.Config{Certificates: []tls.Certificate{testnet.NewCA(t, time.Now()).Leaf()}, NextProtos: []string{alpn}}
	switch {
	case strings.HasPrefix(file, "tls12"):
		s.tls.MaxVersion = tls.VersionTLS12
	case strings.HasPrefix(file, "hrr"):
		s.tls.CurvePreferences = []tls.CurveID{tls.CurveP384}
	}
	return s
}

// replayHTTP2 plays a connection over HTTP/2 and returns its requests.
func (b *replayed) replayHTTP2(t *testing.T, name, where string, c *fingerprint.Capture, turn func(*recorded) bool, used *usedExceptions) []recorded {
	want := splitFrames(t, c.Client)
	requests := recordedHTTP2(t, c)
	if len(requests) == 0 {
		return nil // a spare one that was opened as far as HTTP/2 goes
	}
	s := newTheatre(t, path.Base(name), "h2")
	var follows map[int]bool
	s.answers, follows = answersTo(requests)
	s.schedule(want, requests)
	a := b.actor(t, s.dial(t), name, used)
	var open []io.Closer
	for i := range requests {
		r := &requests[i]
		if !turn(r) {
			return nil
		}
		if follows[i] {
			used.count(&used.followed, 1)
			continue
		}
		ctx := t.Context()
		if i == 0 && s.settingsAfter == 0 {
			ctx = s.settled(ctx)
		}
		res, err := a.play(ctx, t, r)
		if err != nil {
			t.Fatalf("%s: %s %s: %v", where, r.method, r.target, err)
		}
		if s.held[r.stream] != 0 {
			open = append(open, res) // ends by itself when the next request is on its way
			continue
		}
		if _, err := res.Bytes(); err != nil {
			t.Fatalf("%s: %s: %v", where, r.target, err)
		}
	}
	for _, c := range open {
		c.Close()
	}
	if s.settingsAfter >= 0 {
		<-s.acked
	}
	a.transport.Close()
	used.compare(t, name, where, splitFrames(t, s.received()), want, requests)
	return requests
}

// replayHTTP1 plays a connection over HTTP/1.1 and returns its requests.
func (b *replayed) replayHTTP1(t *testing.T, name, where string, c *fingerprint.Capture, e *golden.Evidence, turn func(*recorded) bool, used *usedExceptions) []recorded {
	want := withPorts(c.Client, e, t)
	s := newTheatre(t, path.Base(name), "http/1.1")
	a := b.actor(t, s.dial(t), name, used)
	scheme := "https"
	if s.tls == nil {
		scheme = "http"
	}
	requests := recordedHTTP1(t, want, scheme)
	var follows map[int]bool
	s.answers, follows = answersTo(requests)
	for i := range requests {
		r := &requests[i]
		if !turn(r) {
			return nil
		}
		if follows[i] {
			used.count(&used.followed, 1)
			continue
		}
		res, err := a.play(t.Context(), t, r)
		if err != nil {
			t.Fatalf("%s: %s %s: %v", where, r.method, r.target, err)
		}
		if _, err := res.Bytes(); err != nil {
			t.Fatalf("%s: %s: %v", where, r.target, err)
		}
	}
	a.transport.Close()
	if got := s.received(); !bytes.Equal(got, want) {
		at, request := 0, ""
		gotLines, wantLines := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
		for at < min(len(gotLines), len(wantLines))-1 && gotLines[at] == wantLines[at] {
			at++
			if strings.Contains(wantLines[at], " HTTP/1.1") {
				request = wantLines[at]
			}
		}
		t.Errorf("%s: line %d, in %q:\ngot  %q\nwant %q", where, at, request, gotLines[at:min(at+3, len(gotLines))], wantLines[at:min(at+3, len(wantLines))])
	}
	return requests
}

var port = regexp.MustCompile(`\{[a-z0-9]+\}`)

// withPorts puts the port in its place, which the recordings of HTTP/1.1 do not have: that of the HTTP/2 connections
// beside it, or any.
func withPorts(client []byte, e *golden.Evidence, t *testing.T) []byte {
	number := "34567"
	for i := range e.Connections {
		if c := &e.Connections[i]; c.ALPN == "h2" && len(c.Client) > 0 {
			authority := value(t, parse(t, c).HTTP2.Requests[0].Fields, ":authority")
			_, number, _ = strings.Cut(authority, ":")
			break
		}
	}
	return port.ReplaceAll(client, []byte(number))
}

// recordedHTTP2 returns the requests of a connection with their bodies.
func recordedHTTP2(t *testing.T, c *fingerprint.Capture) (requests []recorded) {
	t.Helper()
	for _, r := range parse(t, c).HTTP2.Requests {
		q := recorded{
			method: value(t, r.Fields, ":method"), scheme: value(t, r.Fields, ":scheme"), authority: value(t, r.Fields, ":authority"),
			target: value(t, r.Fields, ":path"), fields: r.Fields, stream: r.Stream,
		}
		if r.Priority != nil {
			q.dependsOn = r.Priority.DependsOn
		}
		requests = append(requests, q)
	}
	for _, f := range splitFrames(t, c.Client) {
		i := slices.IndexFunc(requests, func(r recorded) bool { return r.stream == f.StreamID })
		if f.Type == http2.FrameData {
			requests[i].body = append(requests[i].body, f.bytes[9:]...)
		}
	}
	return requests
}

// recordedHTTP1 returns the requests that the client's half of a connection has.
func recordedHTTP1(t *testing.T, client []byte, scheme string) (requests []recorded) {
	t.Helper()
	in := bufio.NewReader(bytes.NewReader(client))
	for {
		lines, length, err := readHead(in)
		if err == io.EOF && len(lines) == 0 {
			return requests
		}
		if err != nil {
			t.Fatal(err)
		}
		words := strings.Fields(lines[0])
		r := recorded{method: words[0], target: words[1], scheme: scheme, lines: lines, body: make([]byte, length)}
		for _, line := range lines[1:] {
			name, value, _ := strings.Cut(line, ":")
			r.fields = append(r.fields, fingerprint.Field{Name: name, Value: strings.TrimPrefix(value, " ")})
		}
		r.authority, _ = r.field("Host")
		if _, err := io.ReadFull(in, r.body); err != nil {
			t.Fatal(err)
		}
		requests = append(requests, r)
	}
}
