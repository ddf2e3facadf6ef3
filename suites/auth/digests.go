package auth

import (
	"strings"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// digest returns credentials of that scheme.
func digest(user, password string) *subject.Credentials {
	return &subject.Credentials{Scheme: "digest", User: user, Password: password}
}

// digested is what /auth/digest tells.
type digested struct{ Algorithm, QOP, NC string }

// digests are specs of Digest: each algorithm and quality of protection, then what else there is to it.
func digests() []runner.Spec {
	var all []runner.Spec
	for _, algorithm := range []string{"MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess"} {
		for _, qop := range []string{"auth", "auth-int", "auth,auth-int", "none"} {
			if qop == "none" && strings.HasSuffix(algorithm, "-sess") {
				continue // RFC 7616 §3.4.2: it needs the cnonce that goes with a qop
			}
			all = append(all, runner.It("AUTH-05", "Digest with "+algorithm+" and qop "+qop, func(t *runner.Trial) {
				r := subject.Request{
					Method: "POST", URL: t.URL("/auth/digest/" + algorithm + "/user/secret?qop=" + qop), Bytes: []byte("content"), Credentials: digest("user", "secret"),
				}
				got := runner.Decode[digested](t.Do(r))
				gomega.Expect(got.Algorithm).To(gomega.Equal(algorithm))
			}))
		}
	}
	return append(all,
		runner.It("AUTH-05", "Digest takes the first of several challenges that it can", func(t *runner.Trial) {
			r := t.Do(subject.Request{URL: t.URL("/auth/digest/SHA-256,MD5/user/secret"), Credentials: digest("user", "secret")})
			gomega.Expect(runner.Decode[digested](r).Algorithm).To(gomega.Equal("SHA-256"))
		}),
		runner.It("AUTH-05", "Digest with a wrong password is 401, once", func(t *runner.Trial) {
			r := t.Do(subject.Request{URL: t.URL("/auth/digest/SHA-256/user/secret"), Credentials: digest("user", "wrong")})
			gomega.Expect(r.Status).To(gomega.Equal(401))
			sum := 0
			for _, c := range t.Server().Conns() {
				sum += c.Requests()
			}
			gomega.Expect(sum).To(gomega.Equal(2), "requests")
		}),
		runner.It("AUTH-05", "Digest uses a nonce again, with a higher count", func(t *runner.Trial) {
			c := t.Client(subject.Config{Credentials: digest("user", "secret")})
			for _, nc := range []string{"00000001", "00000002", "00000003"} {
				gomega.Expect(runner.Decode[digested](c.Do(subject.Request{URL: t.URL("/auth/digest/SHA-256/user/secret")})).NC).To(gomega.Equal(nc))
			}
		}),
		runner.It("AUTH-05", "Digest follows a nonce that has grown stale, without a failure", func(t *runner.Trial) {
			c := t.Client(subject.Config{Credentials: digest("user", "secret")})
			for range 4 {
				runner.Decode[digested](c.Do(subject.Request{URL: t.URL("/auth/digest/SHA-256/user/secret?uses=1")}))
			}
		}),
		runner.It("AUTH-05", "Digest follows the server to its next nonce", func(t *runner.Trial) {
			c := t.Client(subject.Config{Credentials: digest("user", "secret")})
			for range 3 {
				runner.Decode[digested](c.Do(subject.Request{URL: t.URL("/auth/digest/SHA-256/user/secret?nextnonce=1")}))
			}
		}),
		runner.It("AUTH-05", "Digest hides the user where the server wants it", func(t *runner.Trial) {
			runner.Decode[digested](t.Do(subject.Request{URL: t.URL("/auth/digest/SHA-256/user/secret?userhash=1"), Credentials: digest("user", "secret")}))
		}),
		runner.It("AUTH-05", "Digest knows names beyond ASCII", func(t *runner.Trial) {
			r := t.Do(subject.Request{URL: t.URL("/auth/digest/SHA-256/J%C3%A4s%C3%B8n/s%C3%A9cret"), Credentials: digest("Jäsøn", "sécret")})
			runner.Decode[digested](r)
		}),
	)
}
