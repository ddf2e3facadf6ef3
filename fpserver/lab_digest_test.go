package fpserver

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"maps"
	"net/http"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDigestVectors checks the arithmetic against the example of RFC 7616 §3.9.1, that of RFC 2069 §2.4 (with its erratum), and the
// hashed user name of RFC 7616 §3.9.2 as its erratum 4897 has it.
func TestDigestVectors(t *testing.T) {
	t.Parallel()
	mufasa := &digestLab{realm: "http-auth@example.org", user: "Mufasa", password: "Circle of Life"}
	doe := &digestLab{realm: "api@example.org", user: "J\u00e4s\u00f8n Doe", password: "Secret, or not?"}
	old := &digestLab{realm: "testrealm@host.com", user: "Mufasa", password: "CircleOfLife"}
	const nonce, cnonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
	for _, row := range []struct {
		lab  *digestLab
		a    digestAnswer
		want string
	}{
		{mufasa, digestAnswer{nonce: nonce, cnonce: cnonce, nc: "00000001", qop: "auth", uri: "/dir/index.html", hash: md5.New}, "8ca523f5e9506fed4657c9700eebdbec"},
		{mufasa, digestAnswer{nonce: nonce, cnonce: cnonce, nc: "00000001", qop: "auth", uri: "/dir/index.html", hash: sha256.New}, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
		{old, digestAnswer{nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093", uri: "/dir/index.html", hash: md5.New}, "1949323746fe6a43ef61f9606e7febea"},
	} {
		if got := row.a.expected(row.lab, "GET:"+row.a.uri, nil); got != row.want {
			t.Errorf("%s: %s", row.a.uri, got)
		}
	}
	hashed := &digestAnswer{hashed: true, hash: sha512.New512_256}
	if got := doe.userText(hashed); got != "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b" {
		t.Errorf("userhash: %s", got)
	}
}

// digestClient answers challenges, by arithmetic of its own.
type digestClient struct {
	user, password, algorithm, qop, cnonce string
	userhash                               bool
	count                                  int
}

var digestHashes = map[string]func() hash.Hash{"MD5": md5.New, "SHA-256": sha256.New, "SHA-512-256": sha512.New512_256}

func (d *digestClient) h(parts ...string) string {
	h := digestHashes[strings.TrimSuffix(d.algorithm, "-sess")]()
	fmt.Fprint(h, strings.Join(parts, ":"))
	return fmt.Sprintf("%x", h.Sum(nil))
}

func (d *digestClient) response(nonce, start, uri, nc, body string) string {
	a1 := d.h(d.user, "fpserver", d.password)
	if strings.HasSuffix(d.algorithm, "-sess") {
		a1 = d.h(a1, nonce, d.cnonce)
	}
	a2 := d.h(start, uri)
	if d.qop == "auth-int" {
		a2 = d.h(start, uri, d.h(body))
	}
	if d.qop == "" {
		return d.h(a1, nonce, a2)
	}
	return d.h(a1, nonce, nc, d.cnonce, d.qop, a2)
}

// fields returns the parameters of the credentials for the next request with a nonce.
func (d *digestClient) fields(nonce, method, uri, body string) map[string]string {
	d.count++
	nc := fmt.Sprintf("%08x", d.count)
	f := map[string]string{"username": d.user, "realm": "fpserver", "nonce": nonce, "uri": uri, "opaque": digestOpaque, "algorithm": d.algorithm, "response": d.response(nonce, method, uri, nc, body)}
	if d.qop != "" {
		f["qop"], f["nc"], f["cnonce"] = d.qop, nc, d.cnonce
	}
	if d.userhash {
		f["username"], f["userhash"] = d.h(d.user, "fpserver"), "true"
	}
	return f
}

func digestField(f map[string]string) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if name == "nc" || name == "algorithm" || name == "username*" {
			out = append(out, name+"="+f[name])
			continue
		}
		out = append(out, fmt.Sprintf("%s=\"%s\"", name, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(f[name])))
	}
	return "Digest " + strings.Join(out, ", ")
}

var nonceField = regexp.MustCompile(`nonce="([0-9a-f]{32})"`)

// TestLabDigest does the whole exchange for every algorithm and qop.
func TestLabDigest(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	overBoth(t, s, func(t *testing.T, c *http.Client, h2 bool) {
		for _, a := range digestAlgorithms {
			for _, offered := range []string{"auth", "auth-int", "auth,auth-int", "none"} {
				if offered == "none" && a.session {
					continue // refused: there is no cnonce
				}
				for _, userhash := range []string{"0", "1"} {
					uri := "/auth/digest/" + strings.ToLower(a.name) + "/us%22er/sec%20ret?qop=" + offered + "&userhash=" + userhash + "&nextnonce=1"
					resp, _ := fetch(t, c, "POST", s.URL+uri, strings.NewReader("body"))
					challenge := resp.Header.Get("Www-Authenticate")
					want := `Digest realm="fpserver", qop="` + strings.ReplaceAll(offered, ",", ", ") + `", algorithm=` + a.name + `, nonce="N", opaque="` + digestOpaque + `", charset=UTF-8`
					want = strings.Replace(want, `qop="none", `, "", 1)
					if userhash == "1" {
						want += ", userhash=true"
					}
					if got := nonceField.ReplaceAllString(challenge, `nonce="N"`); got != want || resp.StatusCode != 401 {
						t.Errorf("%s: %s %q, want %q", uri, resp.Status, got, want)
					}
					nonce := nonceField.FindStringSubmatch(challenge)[1]
					d := &digestClient{user: `us"er`, password: "sec ret", algorithm: a.name, qop: offered[strings.LastIndexByte(offered, ',')+1:], cnonce: `c"\`, userhash: userhash == "1"}
					if d.qop == "none" {
						d.qop = ""
					}
					resp, b := fetch(t, c, "POST", s.URL+uri, strings.NewReader("body"), "Authorization", digestField(d.fields(nonce, "POST", uri, "body")))
					info := resp.Header.Get("Authentication-Info")
					if got := decode[authAnswer](t, b); resp.StatusCode != 200 || got.User != d.user || got.Algorithm != a.name || got.QOP != d.qop {
						t.Errorf("%s: %s %s", uri, resp.Status, b)
					}
					if proof := `rspauth="` + d.response(nonce, "", uri, "00000001", string(b)) + `"`; !strings.HasPrefix(info, proof) {
						t.Errorf("%s: %s, want %s", uri, info, proof)
					}
					next := nonceField.FindStringSubmatch(info)[1]
					d.count = 0
					if resp, _ := fetch(t, c, "GET", s.URL+uri, nil, "Authorization", digestField(d.fields(next, "GET", uri, ""))); resp.StatusCode != 200 {
						t.Errorf("%s with the next nonce: %s", uri, resp.Status)
					}
				}
			}
		}
	})
	resp, _ := fetch(t, s.Client(), "GET", s.URL+"/auth/digest/SHA-512-256,MD5/a/b", nil)
	if got := resp.Header["Www-Authenticate"]; len(got) != 2 || !strings.Contains(got[0], "algorithm=SHA-512-256,") || !strings.Contains(got[1], "algorithm=MD5,") {
		t.Errorf("%q", got)
	}
}

// TestLabDigestRefusals changes one thing of good credentials at a time.
func TestLabDigestRefusals(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	const uri = "/auth/digest/SHA-256/user/secret"
	nonce := s.newNonce()
	for _, row := range []struct {
		change func(f map[string]string)
		status int
		why    string
	}{
		{func(f map[string]string) { f["realm"] = "x" }, 400, "realm"}, {func(f map[string]string) { delete(f, "opaque") }, 400, "opaque"},
		{func(f map[string]string) { f["uri"] = "/" }, 400, "uri"}, {func(f map[string]string) { f["algorithm"] = "MD5" }, 400, "algorithm"},
		{func(f map[string]string) { delete(f, "algorithm") }, 400, "algorithm"}, {func(f map[string]string) { f["userhash"] = "true" }, 400, "userhash"},
		{func(f map[string]string) { delete(f, "qop") }, 400, "qop"}, {func(f map[string]string) { f["qop"] = "auth-int" }, 400, "qop"},
		{func(f map[string]string) { delete(f, "cnonce") }, 400, "cnonce"}, {func(f map[string]string) { f["nc"] = "1" }, 400, "nc"}, {func(f map[string]string) { f["nc"] = "0000000g" }, 400, "nc"},
		{func(f map[string]string) { f["nc"] = "00000000" }, 400, "nc"}, {func(f map[string]string) { delete(f, "username") }, 400, "username"},
		{func(f map[string]string) { f["username*"] = "UTF-8''user" }, 400, "username"},
		{func(f map[string]string) { delete(f, "username"); f["username*"] = "latin1''user" }, 400, "username*"},
		{func(f map[string]string) { f["username"] = "User" }, 401, "wrong"}, {func(f map[string]string) { f["response"] = f["response"][1:] }, 401, "wrong"},
		{func(f map[string]string) { f["nc"] = "00000009" }, 401, "wrong"}, {func(f map[string]string) { f["nonce"] = "0" + f["nonce"] }, 401, "wrong"},
		{func(f map[string]string) { delete(f, "username"); f["username*"] = "utf-8'en'%75ser" }, 200, ""},
	} {
		d := &digestClient{user: "user", password: "secret", algorithm: "SHA-256", qop: "auth", cnonce: "c"}
		f := d.fields(nonce, "GET", uri, "")
		row.change(f)
		resp, b := fetch(t, s.Client(), "GET", s.URL+uri, nil, "Authorization", digestField(f))
		if resp.StatusCode != row.status || !strings.Contains(decode[struct{ Error string }](t, b).Error, row.why) || strings.Contains(resp.Header.Get("Www-Authenticate"), "stale") {
			t.Errorf("%v: %s %s", f, resp.Status, b)
		}
	}
}

// TestLabDigestNonces checks counts, uses and nonces that nobody has given out.
func TestLabDigestNonces(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	const uri = "/auth/digest/MD5/user/secret?uses=3"
	given := s.newNonce()
	d := &digestClient{user: "user", password: "secret", algorithm: "MD5", qop: "auth", cnonce: "c"}
	for i, row := range []struct {
		nonce  string
		count  int
		status int
		stale  bool
		reason string
	}{
		{given, 1, 200, false, "first"}, {given, 1, 401, false, "again"}, {given, 5, 200, false, "ahead"}, {given, 4, 200, false, "behind, but not used"},
		{given, 6, 401, true, "three uses"}, {strings.Repeat("0", 32), 1, 401, true, "not given out, and the password is right"},
	} {
		d.count = row.count - 1
		resp, b := fetch(t, s.Client(), "GET", s.URL+uri, nil, "Authorization", digestField(d.fields(row.nonce, "GET", uri, "")))
		if stale := strings.HasSuffix(resp.Header.Get("Www-Authenticate"), ", stale=true"); resp.StatusCode != row.status || stale != row.stale {
			t.Errorf("%d (%s): %s, stale %t, %s", i, row.reason, resp.Status, stale, b)
		}
	}
	n := &nonce{}
	for _, c := range []uint64{1, 3, 2, 100, 37, 99} {
		if _, err := n.use(c, 0); err != nil {
			t.Errorf("%d: %v", c, err)
		}
	}
	for _, c := range []uint64{1, 36, 37, 99, 100} {
		if _, err := n.use(c, 0); err == nil {
			t.Errorf("%d is used twice, or too late to know", c)
		}
	}
	for range 2 * maxKeys {
		s.newNonce()
	}
	if len(s.labs.nonces.byKey) != maxKeys {
		t.Errorf("%d nonces", len(s.labs.nonces.byKey))
	}
}

// TestLabDigestCurl lets curl, whose digest is not ours, pass.
func TestLabDigestCurl(t *testing.T) {
	t.Parallel()
	curl := needCurl(t)
	s := start(t, nil)
	for _, path := range []string{"MD5/user/secret", "MD5-sess/user/secret", "SHA-256/user/secret", "SHA-256-sess/user/secret", "MD5/user/secret?qop=none", "SHA-256/user/secret?userhash=1"} {
		for _, version := range []string{"--http1.1", "--http2"} {
			out, err := exec.Command(curl, "-sS", version, "--cacert", s.CAFile(), "--digest", "-u", "user:secret", s.URL+"/auth/digest/"+path).CombinedOutput()
			if err != nil || decode[authAnswer](t, out).User != "user" {
				t.Errorf("%s %s: %v, %s", version, path, err, out)
			}
		}
	}
}

func TestDigestFields(t *testing.T) {
	t.Parallel()
	got, err := digestFields(` a=1,B = "x, \"y\" \\" ,, c="",d*=UTF-8''%20 , `)
	if want := map[string]string{"a": "1", "b": `x, "y" \`, "c": "", "d*": "UTF-8''%20"}; err != nil || !maps.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	for _, text := range []string{"a", "=1", "a=", "a=1 2", `a="`, `a="\`, `a="x"y`, "a=1,A=2", `a b=1`, `"a"=1`, `a=x"y"`} {
		if got, err := digestFields(text); err == nil {
			t.Errorf("%s: %q", text, got)
		}
	}
}

func FuzzDigestFields(f *testing.F) {
	f.Add(`username="a\"b", realm=x, nc=00000001`)
	f.Add(`username*=UTF-8''%C3%BC, qop = auth`)
	f.Fuzz(func(t *testing.T, text string) {
		fields, err := digestFields(text)
		if err != nil {
			return
		}
		var parts []string
		for name, value := range fields {
			parts = append(parts, name+`="`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value)+`"`)
		}
		again, err := digestFields(strings.Join(parts, ","))
		if err != nil || !maps.Equal(fields, again) {
			t.Errorf("%q became %q, %v", fields, again, err)
		}
		digestUser(fields)
	})
}
