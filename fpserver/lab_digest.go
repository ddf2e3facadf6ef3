package fpserver

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/wirelike/wirelike/fingerprint"
)

type digestAlgorithm struct {
	name    string
	session bool
	hash    func() hash.Hash
}

// digestAlgorithms are those of RFC 7616 §3.
var digestAlgorithms = []digestAlgorithm{
	{"MD5", false, md5.New}, {"MD5-sess", true, md5.New},
	{"SHA-256", false, sha256.New}, {"SHA-256-sess", true, sha256.New},
	{"SHA-512-256", false, sha512.New512_256}, {"SHA-512-256-sess", true, sha512.New512_256},
}

// digestLab is what one path and query of /auth/digest asks for.
type digestLab struct {
	realm, user, password string
	algorithms            []string
	qop                   string // as offered; "" for none (RFC 2069)
	userhash              bool
	uses                  int64 // of one nonce, 0 without a limit
	next                  bool  // every answer names the next nonce
}

// nonce is what the server remembers of a nonce that it has given out. Counts may come in another order than they were
// given, from requests at the same time, but none twice.
type nonce struct {
	mu   sync.Mutex
	uses int64
	most uint64 // the highest count so far
	seen uint64 // bit i: most-i has been used
}

// use notes a count; 0 is that of clients that do not count.
func (n *nonce) use(count uint64, limit int64) (stale bool, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if limit > 0 && n.uses >= limit {
		return true, nil
	}
	switch {
	case count == 0:
	case count > n.most:
		n.seen = n.seen<<min(count-n.most, 64) | 1
		n.most = count
	case n.most-count >= 64 || n.seen>>(n.most-count)&1 == 1:
		return false, errors.New("nc has been used before")
	default:
		n.seen |= 1 << (n.most - count)
	}
	n.uses++
	return false, nil
}

// newNonce gives out the next nonce: secrets are no concern of a server that has them in its paths.
func (s *Server) newNonce() string {
	id := s.labs.issued.Add(1)
	sum := sha256.Sum256(fmt.Appendf(nil, "fpserver nonce %d", id))
	text := hex.EncodeToString(sum[:16])
	s.labs.nonces.update(text, func(*nonce, bool) *nonce { return &nonce{} })
	return text
}

// authDigest wants the user and the password of the path (RFC 7616).
func (s *Server) authDigest(w http.ResponseWriter, r *http.Request) {
	q := readQuery(r)
	lab := readDigestLab(q, r)
	if !q.done(w) {
		return
	}
	text, why := credentials(r, "Digest")
	if why != "" {
		if _, err := s.drain(w, r, nil); err == nil {
			s.challenge(w, lab, why, false)
		}
		return
	}
	a, err := readDigest(lab, r, text)
	var body hash.Hash
	if err == nil {
		body = a.hash()
	}
	if _, err := s.drain(w, r, body); err != nil {
		return
	}
	if err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	s.judgeDigest(w, r, lab, a, body)
}

func (s *Server) judgeDigest(w http.ResponseWriter, r *http.Request, lab *digestLab, a *digestAnswer, body hash.Hash) {
	wrong := a.userText != lab.userText(a) || a.response != a.expected(lab, r.Method+":"+a.uri, body)
	known, ok := s.labs.nonces.get(a.nonce)
	switch {
	case wrong:
		s.challenge(w, lab, "user, password or response is wrong", false)
		return
	case !ok:
		s.challenge(w, lab, "the nonce is not known", true)
		return
	}
	stale, err := known.use(a.count, lab.uses)
	switch {
	case err != nil:
		s.challenge(w, lab, err.Error(), false)
		return
	case stale:
		s.challenge(w, lab, "the nonce is used up", true)
		return
	}
	answer := authAnswer{Scheme: "Digest", User: lab.user, Algorithm: a.algorithm, QOP: a.qop, NC: a.nc}
	w.Header().Set("Authentication-Info", s.digestInfo(lab, a, answer))
	writeJSON(w, http.StatusOK, answer)
}

// readDigestLab reads path and query.
func readDigestLab(q *labQuery, r *http.Request) *digestLab {
	lab := &digestLab{realm: realm, user: r.PathValue("user"), password: r.PathValue("password")}
	names := strings.Split(r.PathValue("algorithm"), ",")
	for _, name := range names {
		i := slices.IndexFunc(digestAlgorithms, func(a digestAlgorithm) bool { return strings.EqualFold(a.name, name) })
		if i < 0 || len(names) > len(digestAlgorithms) {
			q.fail("the algorithms must be a list of: MD5, MD5-sess, SHA-256, SHA-256-sess, SHA-512-256, SHA-512-256-sess")
			break
		}
		lab.algorithms = append(lab.algorithms, digestAlgorithms[i].name)
	}
	if lab.qop = q.word("qop", "auth", "auth-int", "auth,auth-int", "none"); lab.qop == "none" {
		lab.qop = ""
		if strings.Contains(strings.Join(lab.algorithms, ","), "-sess") {
			q.fail("-sess needs the cnonce that goes with a qop")
		}
	}
	lab.userhash = q.flag("userhash", false)
	lab.uses = q.number("uses", 0, 0, maxFailures)
	lab.next = q.flag("nextnonce", false)
	return lab
}

// challenge answers 401 with one challenge for each algorithm.
func (s *Server) challenge(w http.ResponseWriter, lab *digestLab, why string, stale bool) {
	nonce := s.newNonce()
	var all []string
	for _, name := range lab.algorithms {
		c := `Digest realm="` + realm + `", `
		if lab.qop != "" {
			c += `qop="` + strings.ReplaceAll(lab.qop, ",", ", ") + `", `
		}
		c += "algorithm=" + name + `, nonce="` + nonce + `", opaque="` + digestOpaque + `", charset=UTF-8`
		if lab.userhash {
			c += ", userhash=true"
		}
		if stale {
			c += ", stale=true"
		}
		all = append(all, c)
	}
	refuseAuth(w, why, all...)
}

const digestOpaque = "77697265"

// digestAnswer is what a client has sent.
type digestAnswer struct {
	userText, nonce, uri, response, algorithm, qop, nc, cnonce string

	count   uint64
	session bool
	hash    func() hash.Hash
	hashed  bool // the user name is
}

// readDigest reads credentials and refuses those that no client may send in answer to the challenge.
func readDigest(lab *digestLab, r *http.Request, text string) (*digestAnswer, error) {
	f, err := digestFields(text)
	if err != nil {
		return nil, err
	}
	a := &digestAnswer{nonce: f["nonce"], uri: f["uri"], response: f["response"], algorithm: f["algorithm"], qop: f["qop"], nc: f["nc"], cnonce: f["cnonce"]}
	if a.userText, err = digestUser(f); err != nil {
		return nil, err
	}
	if a.algorithm == "" {
		a.algorithm = "MD5"
	}
	for _, x := range digestAlgorithms {
		if strings.EqualFold(x.name, a.algorithm) {
			a.algorithm, a.session, a.hash = x.name, x.session, x.hash
		}
	}
	a.hashed = f["userhash"] == "true"
	_, extended := f["username*"]
	a.count, err = strconv.ParseUint(a.nc, 16, 32)
	switch {
	case f["realm"] != lab.realm:
		return nil, errors.New("realm is not that of the challenge")
	case f["opaque"] != digestOpaque:
		return nil, errors.New("opaque is not that of the challenge")
	case a.uri != r.RequestURI:
		return nil, errors.New("uri is not the target of the request")
	case !slices.Contains(lab.algorithms, a.algorithm):
		return nil, errors.New("algorithm was not offered")
	case a.hashed && (!lab.userhash || extended):
		return nil, errors.New("userhash was not offered, or goes with username*")
	case a.qop == "" && lab.qop != "":
		return nil, errors.New("there is no qop")
	case a.qop != "" && !slices.Contains(strings.Split(lab.qop, ","), a.qop):
		return nil, errors.New("qop was not offered")
	case a.qop != "" && (a.cnonce == "" || len(a.nc) != 8 || err != nil || a.count == 0):
		return nil, errors.New("qop needs cnonce and nc of 8 hexadecimal digits")
	}
	if a.qop == "" {
		a.count = 0
	}
	return a, nil
}

// userText returns what the user name must look like.
func (lab *digestLab) userText(a *digestAnswer) string {
	if a.hashed {
		return a.sum(lab.user + ":" + lab.realm) // RFC 7616 §3.4.4
	}
	return lab.user
}

// sum is H of RFC 7616 §3.3.
func (a *digestAnswer) sum(text string) string {
	h := a.hash()
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

// expected computes the response (RFC 7616 §3.4.1) for a beginning of A2, which is without the method in answers.
func (a *digestAnswer) expected(lab *digestLab, a2 string, body hash.Hash) string {
	a1 := a.sum(lab.user + ":" + lab.realm + ":" + lab.password)
	if a.session {
		a1 = a.sum(a1 + ":" + a.nonce + ":" + a.cnonce)
	}
	if a.qop == "auth-int" {
		a2 += ":" + hex.EncodeToString(body.Sum(nil))
	}
	if a.qop == "" {
		return a.sum(a1 + ":" + a.nonce + ":" + a.sum(a2))
	}
	return a.sum(strings.Join([]string{a1, a.nonce, a.nc, a.cnonce, a.qop, a.sum(a2)}, ":"))
}

// digestInfo returns the Authentication-Info field (RFC 7616 §3.5), with which the server proves that it knows the password, too.
func (s *Server) digestInfo(lab *digestLab, a *digestAnswer, answer authAnswer) string {
	body := a.hash()
	text, err := fingerprint.FormatJSON(answer)
	if err != nil {
		text = nil // writeJSON says so
	}
	body.Write(text)
	info := `rspauth="` + a.expected(lab, ":"+a.uri, body) + `"`
	if a.qop != "" {
		info += ", qop=" + a.qop + ", nc=" + a.nc + `, cnonce="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(a.cnonce) + `"`
	}
	if lab.next {
		info += `, nextnonce="` + s.newNonce() + `"`
	}
	return info
}
