package tlsdial

import (
	"encoding/binary"
	"time"

	utls "github.com/refraction-networking/utls"
)

const (
	// maxTicket is the longest ticket that is kept, in bytes: a hello with it still fits into one record.
	maxTicket = 8 << 10
	// lifetime12 is how long Chromium uses a TLS 1.2 session (SSL_CTX_set_timeout in its ssl_client_socket_impl.cc); the
	// server's own hint, which is often longer, is not seen here.
	lifetime12 = time.Hour
)

// ticket is a session to resume.
type ticket struct {
	state   *utls.ClientSessionState
	version uint16
	length  int // of the ticket, in bytes
	binder  int // length of its binder in TLS 1.3, in bytes
	expires time.Time
}

// newTicket reads what utls shows of a session only in its encoded form: version, role, cipher suite, time of creation
// (16, 8, 16, 64 bits) at the front and, in TLS 1.3, time of expiry and age_add (64, 32 bits) at the end.
func newTicket(cs *utls.ClientSessionState) *ticket {
	label, state, err := cs.ResumptionState()
	if err != nil || state == nil || len(label) == 0 || len(label) > maxTicket {
		return nil
	}
	b, err := state.Bytes()
	const front, end = 2 + 1 + 2 + 8, 8 + 4
	if err != nil || len(b) < front+end {
		return nil
	}
	t := &ticket{state: cs, version: binary.BigEndian.Uint16(b), length: len(label), binder: 32}
	if t.version != utls.VersionTLS13 {
		t.expires = time.Unix(int64(binary.BigEndian.Uint64(b[5:])), 0).Add(lifetime12)
		return t
	}
	if binary.BigEndian.Uint16(b[3:]) == utls.TLS_AES_256_GCM_SHA384 {
		t.binder = 48
	}
	t.expires = time.Unix(int64(binary.BigEndian.Uint64(b[len(b)-end:])), 0)
	return t
}

// session is what one connection has to do with tickets, in the form in which utls asks.
type session struct {
	cache   *SessionCache
	offered *ticket // nil for none
	once12  bool
	u       *utls.UConn
}

// offers13 tells whether the hello has a ticket in pre_shared_key.
func (s *session) offers13() bool {
	return s != nil && s.offered != nil && s.offered.version == utls.VersionTLS13
}

// Get implements [utls.ClientSessionCache]. The key, which is the host without the port, says nothing here.
func (s *session) Get(string) (*utls.ClientSessionState, bool) {
	if s.offered == nil {
		return nil, false
	}
	return s.offered.state, true
}

// Put implements [utls.ClientSessionCache]; nil stands for the session that was offered and has failed.
func (s *session) Put(_ string, cs *utls.ClientSessionState) {
	if cs == nil {
		if s.offered != nil {
			s.cache.forget(s.offered)
		}
		return
	}
	t := newTicket(cs)
	if t == nil || t.version != utls.VersionTLS13 && s.once12 && s.u.DidTls12Resume() {
		return
	}
	s.cache.put(t)
}
