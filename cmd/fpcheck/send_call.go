package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/wirelike/wirelike/client"
)

// callFlags are what curl's users expect of a request beside what it is.
type callFlags struct {
	follow    bool
	redirects int
	retry     int
	user, jar string
	digest    bool
	time      time.Duration
}

func (c *callFlags) register(f *flag.FlagSet) {
	f.BoolVar(&c.follow, "follow", false, "follow redirects as a browser does; the response is the last one")
	alias(f, "L", "follow")
	f.IntVar(&c.redirects, "max-redirects", client.DefaultMaxRedirects, "how many redirects --follow follows, `N`")
	f.IntVar(&c.retry, "retry", 0, "how often a request that failed for a while is made again, `N`")
	f.StringVar(&c.user, "user", "", "`NAME:PASSWORD` for a server that wants Basic credentials, or with --digest proves that it knows them")
	alias(f, "u", "user")
	f.BoolVar(&c.digest, "digest", false, "prove the password of --user without sending it (Digest)")
	f.StringVar(&c.jar, "cookie-jar", "", "`FILE` with cookies in Netscape's format, read at the beginning if it is there and written at the end; without it they live as long as the session")
	f.DurationVar(&c.time, "max-time", 0, "how long a request may take, with its body: a `DURATION` such as 30s")
}

// options puts what the flags say into the options of a session.
func (c *callFlags) options(o *client.Options) error {
	o.Redirect = client.Redirect{Follow: client.FollowNone}
	switch {
	case c.follow && c.redirects < 0:
		return errors.New("--max-redirects: a negative number")
	case c.follow && c.redirects == 0:
		o.Redirect = client.Redirect{Follow: client.FollowError}
	case c.follow:
		o.Redirect = client.Redirect{Max: c.redirects}
	case c.redirects != client.DefaultMaxRedirects:
		return errors.New("--max-redirects without --follow")
	}
	if c.retry < 0 || c.time < 0 {
		return errors.New("--retry and --max-time: a negative number")
	}
	o.Retry = client.Retry{Count: c.retry, Delay: time.Second, Backoff: client.Exponential, MaxDelay: time.Minute}
	o.Timeouts.Total = c.time
	if c.user != "" {
		name, password, ok := strings.Cut(c.user, ":")
		if !ok {
			return errors.New("--user: write NAME:PASSWORD")
		}
		o.Auth = client.Basic{User: name, Password: password}
		if c.digest {
			o.Auth = &client.Digest{User: name, Password: password}
		}
	} else if c.digest {
		return errors.New("--digest without --user")
	}
	o.Cookies = c.newJar(o)
	if c.jar == "" {
		return nil
	}
	if err := o.Cookies.ReadFile(c.jar); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("--cookie-jar: %w", err)
	}
	return nil
}

// newJar returns an empty jar that reads cookies as the client of a session does.
func (*callFlags) newJar(o *client.Options) *client.Jar {
	engine := ""
	if o.Custom != nil {
		engine = o.Custom.Browser.Engine
	}
	return client.NewJar(&client.JarOptions{Rules: client.RulesFor(engine)})
}

// save writes the cookies of the session.
func (c *callFlags) save(s *client.Session) error {
	if c.jar == "" {
		return nil
	}
	if err := s.Jar().WriteFile(c.jar); err != nil {
		return fmt.Errorf("--cookie-jar: %w", err)
	}
	return nil
}
