package client

import (
	"cmp"
	"context"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/wirelike/wirelike/internal/plan"
)

// Digest are a user and a password that are proven without being sent (RFC 7616), with the algorithms MD5, SHA-256 and
// SHA-512-256, each also with -sess. A server is first asked without; once it has sent a challenge, its requests carry the
// answer right away. Of several challenges the strongest algorithm is taken, and qop=auth before auth-int, for which the body is
// read once more before it is sent (an ErrBodyNotReplayable if it cannot be).
//
// A Digest must not be copied, nor its fields written to, after first use. It is safe for concurrent use, and may be shared by
// sessions. It remembers the challenges of the last 64 origins.
type Digest struct {
	User, Password string
	// Rand is where client nonces come from. Nil: crypto/rand.
	Rand io.Reader

	mu     sync.Mutex
	realms []*digestRealm // oldest first
}

const maxDigestRealms = 64

// digestRealm is the challenge of an origin.
type digestRealm struct {
	origin, realm, nonce, opaque string

	algorithm *digestAlgorithm
	named     bool   // the server has said which algorithm
	qop       string // auth, auth-int, or "" for a server of RFC 2069
	userhash  bool
	utf8      bool
	cnonce    string
	session   string // H(A1) of -sess: it stays while nonces follow each other (RFC 7616 §3.4.2)
	count     uint32 // of the requests with this nonce
}

// digestAlgorithm is one of RFC 7616 §3.2.
type digestAlgorithm struct {
	name    string
	session bool
	new     func() hash.Hash
}

// digestAlgorithms are in order of strength.
var digestAlgorithms = []digestAlgorithm{
	{"MD5", false, md5.New}, {"MD5-sess", true, md5.New},
	{"SHA-256", false, sha256.New}, {"SHA-256-sess", true, sha256.New},
	{"SHA-512-256", false, sha512.New512_256}, {"SHA-512-256-sess", true, sha512.New512_256},
}

func (a *digestAlgorithm) sum(parts ...string) string {
	h := a.new()
	io.WriteString(h, strings.Join(parts, ":"))
	return hex.EncodeToString(h.Sum(nil))
}

func (d *Digest) validate() error { return checkSecrets("Digest", d.User, d.Password) }

// String returns the credentials without the password.
func (d *Digest) String() string { return fmt.Sprintf("Digest{User: %q, Password: ***}", d.User) }

// Format implements [fmt.Formatter]: all verbs give String.
func (d *Digest) Format(s fmt.State, _ rune) { io.WriteString(s, d.String()) }

// LogValue implements [slog.LogValuer].
func (d *Digest) LogValue() slog.Value { return slog.StringValue(d.String()) }

func (d *Digest) realmOf(u *url.URL) int {
	origin := originOf(u)
	return slices.IndexFunc(d.realms, func(r *digestRealm) bool { return r.origin == origin })
}

// challenged takes in the strongest challenge that can be answered.
func (d *Digest) challenged(u *url.URL, header Header) bool {
	var best *digestRealm
	for _, value := range header.Values("WWW-Authenticate") {
		for _, c := range parseChallenges(value) {
			if r := readDigestRealm(&c); r != nil && (best == nil || r.algorithm.rank() > best.algorithm.rank()) {
				best = r
			}
		}
	}
	if best == nil {
		return false
	}
	best.origin = originOf(u)
	d.mu.Lock()
	defer d.mu.Unlock()
	if i := d.realmOf(u); i >= 0 {
		d.realms = slices.Delete(d.realms, i, i+1)
	} else if len(d.realms) == maxDigestRealms {
		d.realms = slices.Delete(d.realms, 0, 1)
	}
	d.realms = append(d.realms, best)
	return true
}

// rank makes an algorithm and its -sess equally strong.
func (a *digestAlgorithm) rank() int {
	return slices.IndexFunc(digestAlgorithms, func(x digestAlgorithm) bool { return x.name == a.name }) / 2
}

// readDigestRealm reads a challenge; nil for one that cannot be answered, as -sess without qop, which needs a client nonce that
// only goes with a qop (RFC 2617 §3.2.2).
func readDigestRealm(c *challenge) *digestRealm {
	if !strings.EqualFold(c.scheme, "Digest") {
		return nil
	}
	good := true
	get := func(name string) (string, bool) {
		v, there, ok := c.param(name)
		good = good && ok && isValue(v)
		return v, there
	}
	r := &digestRealm{}
	r.realm, _ = get("realm")
	r.opaque, _ = get("opaque")
	r.nonce, _ = get("nonce")
	algorithm, named := get("algorithm")
	qop, hasQOP := get("qop")
	userhash, _ := get("userhash")
	charset, _ := get("charset")
	if !named {
		algorithm = "MD5"
	}
	for i := range digestAlgorithms {
		if strings.EqualFold(digestAlgorithms[i].name, algorithm) {
			r.algorithm = &digestAlgorithms[i]
		}
	}
	r.named, r.userhash, r.utf8 = named, strings.EqualFold(userhash, "true"), strings.EqualFold(charset, "UTF-8")
	if hasQOP {
		for q := range splitList(qop) {
			switch q = strings.ToLower(q); {
			case q == "auth", q == "auth-int" && r.qop == "":
				r.qop = q
			}
		}
	}
	if !good || r.nonce == "" || r.algorithm == nil || r.qop == "" && (hasQOP || r.algorithm.session) {
		return nil
	}
	return r
}

// informed takes in the nonce that a response names for the next request (RFC 7616 §3.5).
func (d *Digest) informed(u *url.URL, header Header) {
	value := header.Get("Authentication-Info")
	if value == "" {
		return
	}
	list := parseChallenges("Digest " + value)
	if len(list) != 1 {
		return
	}
	next, there, ok := list[0].param("nextnonce")
	if !there || !ok || next == "" || !isValue(next) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if i := d.realmOf(u); i >= 0 && d.realms[i].nonce != next {
		d.realms[i].nonce, d.realms[i].count = next, 0
	}
}

// authorize digests the target r.RequestURI, or that of r.URL if it is empty, and for auth-int what r.GetBody returns.
func (d *Digest) authorize(r *http.Request) (string, error) {
	if err := d.validate(); err != nil {
		return "", err
	}
	realm, err := d.use(r.URL)
	if realm == nil || err != nil {
		return "", err
	}
	body := ""
	if realm.qop == "auth-int" {
		if body, err = realm.bodySum(r); err != nil {
			return "", err
		}
	}
	return realm.answer(d.User, d.Password, r.Method, cmp.Or(r.RequestURI, plan.Target(r.URL)), body), nil
}

// use returns a copy of what is known of u's origin, with the count of the next request; nil without.
func (d *Digest) use(u *url.URL) (*digestRealm, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := d.realmOf(u)
	if i < 0 {
		return nil, nil
	}
	r := d.realms[i]
	if r.cnonce == "" {
		var b [16]byte
		src := d.Rand
		if src == nil {
			src = rand.Reader
		}
		if _, err := io.ReadFull(src, b[:]); err != nil {
			return nil, fmt.Errorf("client nonce: %w", err)
		}
		r.cnonce = hex.EncodeToString(b[:])
	}
	if r.algorithm.session && r.session == "" {
		r.session = r.algorithm.sum(r.algorithm.sum(d.User, r.realm, d.Password), r.nonce, r.cnonce)
	}
	r.count++
	c := *r
	return &c, nil
}

// bodySum is H(entity-body) of qop=auth-int.
func (r *digestRealm) bodySum(q *http.Request) (string, error) {
	h := r.algorithm.new()
	if q.Body != nil && q.Body != http.NoBody {
		if q.GetBody == nil {
			return "", &fault{ErrBodyNotReplayable, errors.New("the server wants the body to be digested (qop=auth-int), and there is no GetBody")}
		}
		b, err := q.GetBody()
		if err == nil {
			_, err = io.Copy(h, cancelable{q.Context(), b})
			b.Close()
		}
		if ended := context.Cause(q.Context()); err != nil && ended != nil {
			return "", ended
		}
		if err != nil {
			return "", &fault{ErrRequestBody, err}
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// cancelable is a reader that ends with its context, between two Reads.
type cancelable struct {
	ctx context.Context
	r   io.Reader
}

func (c cancelable) Read(p []byte) (int, error) {
	if err := context.Cause(c.ctx); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// answer computes the credentials (RFC 7616 §3.4). The order of the parameters is that of Chromium's source.
func (r *digestRealm) answer(user, password, method, uri, body string) string {
	h := r.algorithm.sum
	a1 := r.session
	if !r.algorithm.session {
		a1 = h(user, r.realm, password)
	}
	a2 := method + ":" + uri
	if r.qop == "auth-int" {
		a2 += ":" + body
	}
	nc := fmt.Sprintf("%08x", r.count)
	response := h(a1, r.nonce, h(a2))
	if r.qop != "" {
		response = h(a1, r.nonce, nc, r.cnonce, r.qop, h(a2))
	}
	var b strings.Builder
	b.WriteString("Digest ")
	switch {
	case r.userhash:
		b.WriteString(`username="` + h(user, r.realm) + `"`)
	case r.utf8 && strings.ContainsFunc(user, func(c rune) bool { return c >= 0x80 }):
		b.WriteString("username*=UTF-8''" + extValue(user))
	default:
		b.WriteString("username=" + quoted(user))
	}
	b.WriteString(", realm=" + quoted(r.realm) + ", nonce=" + quoted(r.nonce) + ", uri=" + quoted(uri))
	if r.named {
		b.WriteString(", algorithm=" + r.algorithm.name)
	}
	b.WriteString(`, response="` + response + `"`)
	if r.opaque != "" {
		b.WriteString(", opaque=" + quoted(r.opaque))
	}
	if r.qop != "" {
		b.WriteString(", qop=" + r.qop + ", nc=" + nc + `, cnonce="` + r.cnonce + `"`)
	}
	if r.userhash {
		b.WriteString(", userhash=true")
	}
	return b.String()
}

var quotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// quoted returns s as a quoted-string (RFC 9110 §5.6.4).
func quoted(s string) string { return `"` + quotes.Replace(s) + `"` }

// extValue percent-encodes all but attr-char (RFC 8187 §3.2.1).
func extValue(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if isTokenByte(c) && c != '*' && c != '\'' && c != '%' {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}
