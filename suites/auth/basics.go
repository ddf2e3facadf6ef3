package auth

import (
	"encoding/base64"
	"strings"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// basic returns credentials of that scheme.
func basic(user, password string) *subject.Credentials {
	return &subject.Credentials{Scheme: "basic", User: user, Password: password}
}

// encoded returns the value of Authorization for a user and a password.
func encoded(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// userinfo puts credentials, already escaped, into a URL.
func userinfo(url, text string) string { return strings.Replace(url, "://", "://"+text+"@", 1) }

// basics are specs of Basic and Bearer, and of what is no credentials.
var basics = []runner.Spec{
	runner.It("AUTH-01", "Basic is sent without being asked", func(t *runner.Trial) {
		for _, protocol := range []string{"http/1.1", "h2"} {
			c := t.Client(subject.Config{Protocol: protocol})
			e := c.Echo(subject.Request{URL: t.URL("/echo"), Credentials: basic("user", "pass word")})
			gomega.Expect(runner.Sent(e, "Authorization")).To(gomega.HaveExactElements(encoded("user", "pass word")), protocol)
		}
	}),
	runner.It("AUTH-01", "user and password are sent in UTF-8", func(t *runner.Trial) {
		e := t.Echo(subject.Request{URL: t.URL("/echo"), Credentials: basic("jörg", "pässword€")})
		gomega.Expect(runner.Sent(e, "Authorization")).To(gomega.HaveExactElements(encoded("jörg", "pässword€")))
	}),
	runner.It("AUTH-01", "those of the client are for all calls, those of a call for it", func(t *runner.Trial) {
		c := t.Client(subject.Config{Credentials: basic("all", "1")})
		gomega.Expect(c.Do(subject.Request{URL: t.URL("/auth/basic/all/1")}).Status).To(gomega.Equal(200))
		gomega.Expect(c.Do(subject.Request{URL: t.URL("/auth/basic/one/2"), Credentials: basic("one", "2")}).Status).To(gomega.Equal(200))
		e := c.Echo(subject.Request{URL: t.URL("/echo"), Credentials: &subject.Credentials{}})
		gomega.Expect(runner.Sent(e, "Authorization")).To(gomega.BeEmpty(), "none is a choice, too")
	}),
	runner.It("AUTH-02", "credentials in the URL are Basic ones, and go nowhere else", func(t *runner.Trial) {
		r := t.Do(subject.Request{URL: userinfo(t.URL("/echo"), "us%65r:p%40ss")})
		gomega.Expect(r.URL).NotTo(gomega.ContainSubstring("p%40ss"), "the response's URL")
		e := t.Echo(subject.Request{URL: userinfo(t.URL("/echo"), "us%65r:p%40ss")})
		gomega.Expect(runner.Sent(e, "Authorization")).To(gomega.HaveExactElements(encoded("user", "p@ss")))
		for _, f := range e.Fields {
			gomega.Expect(f.Value).NotTo(gomega.ContainSubstring("ss@"), f.Name)
		}
	}),
	runner.It("AUTH-02", "explicit ones win over those in the URL", func(t *runner.Trial) {
		e := t.Echo(subject.Request{URL: userinfo(t.URL("/echo"), "url:1"), Credentials: basic("own", "2")})
		gomega.Expect(runner.Sent(e, "Authorization")).To(gomega.HaveExactElements(encoded("own", "2")))
	}),
	runner.It("AUTH-03", "an Authorization field of the caller is the only one", func(t *runner.Trial) {
		h := []subject.Field{{Name: "Authorization", Value: "Own x"}}
		for _, url := range []string{t.URL("/echo"), userinfo(t.URL("/echo"), "url:1")} {
			e := t.Echo(subject.Request{URL: url, Credentials: basic("user", "1"), Header: h})
			gomega.Expect(runner.Sent(e, "Authorization")).To(gomega.HaveExactElements("Own x"))
		}
	}),
	runner.It("AUTH-04", "user or password may be empty", func(t *runner.Trial) {
		for _, b := range []*subject.Credentials{basic("user", ""), basic("", "password"), basic("", "")} {
			e := t.Echo(subject.Request{URL: t.URL("/echo"), Credentials: b})
			gomega.Expect(runner.Sent(e, "Authorization")).To(gomega.HaveExactElements(encoded(b.User, b.Password)))
		}
	}),
	runner.It("AUTH-04", "a colon may stand in a password, and not in a user (RFC 7617 §2)", func(t *runner.Trial) {
		e := t.Echo(subject.Request{URL: t.URL("/echo"), Credentials: basic("user", "a:b")})
		gomega.Expect(runner.Sent(e, "Authorization")).To(gomega.HaveExactElements(encoded("user", "a:b")))
		sent := t.Server().Conns()[0].Requests()
		t.Fails(subject.Request{URL: t.URL("/echo"), Credentials: basic("a:b", "c")}, subject.Invalid)
		gomega.Expect(t.Server().Conns()[0].Requests()).To(gomega.Equal(sent), "nothing was sent")
	}),
	runner.It("AUTH-05", "401 is a response like others", func(t *runner.Trial) {
		r := t.Do(subject.Request{URL: t.URL("/auth/basic/user/secret")})
		gomega.Expect(r.Status).To(gomega.Equal(401))
		gomega.Expect(r.Get("WWW-Authenticate")).To(gomega.ContainSubstring("Basic realm"))
		gomega.Expect(t.Server().Conns()[0].Requests()).To(gomega.Equal(1))
	}),
	runner.It("AUTH-05", "Basic that was refused is not sent again", func(t *runner.Trial) {
		r := t.Do(subject.Request{URL: t.URL("/auth/basic/user/secret"), Credentials: basic("user", "wrong")})
		gomega.Expect(r.Status).To(gomega.Equal(401))
		gomega.Expect(t.Server().Conns()[0].Requests()).To(gomega.Equal(1))
	}),
	runner.It("AUTH-05", "a token is sent without being asked", func(t *runner.Trial) {
		r := t.Do(subject.Request{URL: t.URL("/auth/bearer/abc.def"), Credentials: &subject.Credentials{Scheme: "bearer", Token: "abc.def"}})
		gomega.Expect(r.Status).To(gomega.Equal(200))
	}),
}
