package interop

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/wirelike/wirelike/client"
)

// versions are the versions of HTTP in use, with what a response over them says.
var versions = []struct {
	name    string
	version client.HTTPVersion
	proto   string
}{
	{"h1", client.HTTP1, "HTTP/1.1"},
	{"h2", client.HTTP2, "HTTP/2.0"},
}

const (
	parallel  = 16      // requests at once
	medium    = 1 << 20 // of what is sent for other reasons than its length
	window    = 65535   // what HTTP/2 lets a peer send that has said nothing yet (RFC 9113 §6.9.2)
	chunkSize = 300_000 // of a parallel request, about
)

// downloads are the sizes of GET, with the reason.
func downloads() []int64 {
	return []int64{
		0,       // no DATA frame, or an empty one
		1,       // the smallest
		window,  // just fits
		medium,  // for the transport and for parts of it
		large(), // windows must be given back again and again
	}
}

// uploads are the sizes of POST.
func uploads() []int64 { return []int64{0, 1, window, window + 1, large()} }

// TestBodies: bodies of all sizes arrive as they were sent, in both directions, by all profiles, over both versions of
// HTTP, one after the other and in parallel.
func TestBodies(t *testing.T) {
	for _, row := range peers {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := row.start(t)
			for _, v := range versions {
				for _, profile := range profilesInUse {
					t.Run(v.name+"-"+nameOf(profile), func(t *testing.T) {
						t.Parallel()
						s, tr := newDoors(t, p, profile, v.version)
						m := meeting{peer: p, session: s, transport: tr, proto: v.proto, ctx: bounded(t)}
						m.get(t)
						m.giveUp(t)
						m.post(t)
						m.put(t)
						m.refused(t)
						m.parallel(t, profile)
					})
				}
			}
		})
	}
}

// meeting is one client at one peer.
type meeting struct {
	peer
	session, transport door
	proto              string
	ctx                context.Context
	used               bool // a connection waits for the next request
	unsure             bool // used is unknown, because a transfer failed
}

// check fails the test when a transfer did, or took another way than it should: of the requests that the session sends
// one after the other, only the first needs a connection of its own.
func (m *meeting) check(t *testing.T, got answer, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
		m.unsure = true
		return
	}
	if got.proto != m.proto {
		t.Errorf("over %s, want %s", got.proto, m.proto)
	}
	if got.reused != m.used && got.local.IsValid() && !m.unsure {
		t.Errorf("on a used connection: %v, want %v", got.reused, m.used)
	}
	m.used, m.unsure = true, false
}

func (m *meeting) get(t *testing.T) {
	for _, n := range downloads() {
		t.Run(fmt.Sprintf("GET %d", n), func(t *testing.T) {
			got, err := m.session.get(m.ctx, m.peer, 0, n, n)
			m.check(t, got, err)
		})
	}
	t.Run("GET through the transport", func(t *testing.T) {
		got, err := m.transport.get(m.ctx, m.peer, 0, medium, medium)
		m.check(t, got, err)
	})
	t.Run("HEAD", func(t *testing.T) {
		got, err := m.session.do(m.ctx, ask{method: "HEAD", url: m.file(medium)})
		m.check(t, got, err)
		if err == nil && (got.status != http.StatusOK || got.length != medium || got.body.Size != 0) {
			t.Errorf("status %d, length %d, %d bytes of body", got.status, got.length, got.body.Size)
		}
	})
}

// giveUp leaves downloads in the middle. HTTP/2 goes on with the same connection, whose window must not shrink by what
// nobody read; HTTP/1.1 with a new one.
func (m *meeting) giveUp(t *testing.T) {
	t.Run("GET given up", func(t *testing.T) {
		for range 3 {
			got, err := m.session.do(m.ctx, ask{method: "GET", url: m.file(large()), most: window})
			m.check(t, got, err)
			m.used = m.proto == "HTTP/2.0"
		}
		got, err := m.session.get(m.ctx, m.peer, 0, large(), large())
		m.check(t, got, err)
	})
}

// refused uploads to where nobody wants it: the answer, which may come long before the body's end, must not get lost over
// it, nor must the next request. That is one that can be sent again: HAProxy, having passed the answer on, closes the
// connection when the server behind it does not take the body, and the next request may be on its way by then.
func (m *meeting) refused(t *testing.T) {
	t.Run("POST refused", func(t *testing.T) {
		for i := range uint64(3) {
			got, err := m.session.do(m.ctx, ask{method: "POST", url: m.url + "/nowhere", body: newUpload(large(), i), length: large()})
			if err != nil {
				t.Error(err)
			} else if got.status != http.StatusNotFound && got.status != http.StatusMethodNotAllowed {
				t.Errorf("status %d: %.300q", got.status, got.text)
			}
			if _, err = m.session.get(m.ctx, m.peer, 0, 1, 1); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		}
	})
}

func (m *meeting) post(t *testing.T) {
	for _, path := range m.posts {
		for _, n := range uploads() {
			t.Run(fmt.Sprintf("POST %d to %s", n, path[1:]), func(t *testing.T) {
				got, err := m.session.post(m.ctx, m.peer, path, n, uint64(n), true)
				m.check(t, got, err)
			})
		}
		t.Run("POST of unknown length to "+path[1:], func(t *testing.T) {
			got, err := m.session.post(m.ctx, m.peer, path, medium, 1, false)
			m.check(t, got, err)
		})
	}
	t.Run("POST through the transport", func(t *testing.T) {
		got, err := m.transport.post(m.ctx, m.peer, m.posts[0], medium, 2, true)
		m.check(t, got, err)
	})
}

func (m *meeting) put(t *testing.T) {
	if m.dav == "" {
		return
	}
	t.Run(fmt.Sprintf("PUT %d", large()), func(t *testing.T) {
		name := rand.Text()
		body := newUpload(large(), 3)
		got, err := m.session.do(m.ctx, ask{method: "PUT", url: m.url + "/dav/" + name, body: body, length: body.size})
		m.check(t, got, err)
		if err != nil {
			return
		}
		if got.status != http.StatusCreated {
			t.Fatalf("status %d: %.300q", got.status, got.text)
		}
		file := filepath.Join(m.dav, name)
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer os.Remove(file)
		defer f.Close()
		arrived, err := digestOf(f)
		if want := body.digest(); err != nil || arrived != want {
			t.Errorf("arrived %v (%v), sent %v", arrived, err, want)
		}
	})
}

// parallel has every second request download another part of a body, and the others upload bodies of their own, so that
// what reaches the wrong one shows.
func (m *meeting) parallel(t *testing.T, profile string) {
	t.Run(fmt.Sprintf("%d in parallel", parallel), func(t *testing.T) {
		var wg sync.WaitGroup
		answers, errs := make([]answer, parallel), make([]error, parallel)
		for i := range int64(parallel) {
			wg.Go(func() {
				n := chunkSize + 1000*i
				if i%2 == 0 {
					answers[i], errs[i] = m.session.get(m.ctx, m.peer, i, i+n, medium)
				} else {
					answers[i], errs[i] = m.session.post(m.ctx, m.peer, m.posts[0], n, uint64(100+i), i%4 == 1)
				}
			})
		}
		wg.Wait()
		conns := map[netip.AddrPort]bool{}
		for i, got := range answers {
			if errs[i] != nil {
				t.Error(errs[i])
				continue
			}
			if got.proto != m.proto {
				t.Errorf("over %s, want %s", got.proto, m.proto)
			}
			conns[got.local] = true
		}
		most := parallel
		switch {
		case m.proto == "HTTP/2.0":
			most = 1
		case profile != "":
			most = client.DefaultMaxConnsPerHost
		}
		if len(conns) > most {
			t.Errorf("%d connections, at most %d", len(conns), most)
		}
	})
}
