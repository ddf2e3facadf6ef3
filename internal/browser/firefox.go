package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Preference is one line of a Firefox profile's user.js. Value is a string, a bool or an int.
type Preference struct {
	Name  string
	Value any
}

var firefoxPreferences = []Preference{
	// What the browser fetches of its own accord.
	{"network.captive-portal-service.enabled", false},
	{"network.connectivity-service.enabled", false},
	{"app.update.enabled", false},
	{"datareporting.policy.dataSubmissionEnabled", false},
	{"toolkit.telemetry.enabled", false},
	{"browser.safebrowsing.malware.enabled", false},
	{"browser.safebrowsing.phishing.enabled", false},
	{"services.settings.server", "data:,"},
	{"browser.startup.page", 0},
	{"browser.startup.homepage_override.mstone", "ignore"},
	{"browser.aboutwelcome.enabled", false},
	{"network.dns.disableIPv6", true},
	{"network.http.http3.enable", false},
	{"intl.accept_languages", "en-US, en"},
	// The remote agent would change preferences for the sake of automation, among them how many connections are opened
	// in advance.
	{"remote.prefs.recommended", false},
}

func (b *Browser) startFirefox(ctx context.Context, o *Options) error {
	profile := filepath.Join(b.dir, "profile")
	if err := os.MkdirAll(profile, 0o700); err != nil {
		return err
	}
	if o.CAFile != "" {
		if err := trust(ctx, profile, o.CAFile); err != nil {
			return err
		}
	}
	prefs := append(firefoxPreferences[:len(firefoxPreferences):len(firefoxPreferences)],
		Preference{"network.dns.localDomains", strings.Join(o.Hosts, ",")})
	prefs = append(prefs, o.Preferences...)
	if err := writePreferences(filepath.Join(profile, "user.js"), prefs); err != nil {
		return err
	}
	args := []string{"--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", profile, "about:blank"}
	if err := b.connect(ctx, o.Path, args, "/session"); err != nil {
		return err
	}
	tab, err := attachFirefox(ctx, b.rpc)
	if err != nil {
		return err
	}
	b.tab = tab
	return nil
}

func writePreferences(file string, prefs []Preference) error {
	var out bytes.Buffer
	for _, p := range prefs {
		value, err := json.Marshal(p.Value)
		if err != nil {
			return err
		}
		fmt.Fprintf(&out, "user_pref(%q, %s);\n", p.Name, value)
	}
	return os.WriteFile(file, out.Bytes(), 0o600)
}

// firefoxTab is a tab in the terms of WebDriver BiDi.
type firefoxTab struct {
	rpc     *rpc
	context string
}

func attachFirefox(ctx context.Context, r *rpc) (*firefoxTab, error) {
	if err := r.call(ctx, "", "session.new", map[string]any{"capabilities": struct{}{}}, nil); err != nil {
		return nil, err
	}
	var tree struct {
		Contexts []struct{ Context string }
	}
	if err := r.call(ctx, "", "browsingContext.getTree", struct{}{}, &tree); err != nil {
		return nil, err
	}
	if len(tree.Contexts) == 0 {
		return nil, errors.New("no tab")
	}
	if err := r.call(ctx, "", "session.subscribe", map[string]any{"events": firefoxEvents}, nil); err != nil {
		return nil, err
	}
	return &firefoxTab{rpc: r, context: tree.Contexts[0].Context}, nil
}

// firefoxEvents tell how far a navigation has come.
var firefoxEvents = []string{
	"browsingContext.navigationStarted", "browsingContext.domContentLoaded", "browsingContext.load",
	"browsingContext.navigationFailed",
}

// navigationEvent is one of them. Each navigation has its own identifier.
type navigationEvent struct{ name, Context, Navigation, URL string }

func (t *firefoxTab) navigate(ctx context.Context, url string) error {
	err := t.rpc.call(ctx, "", "browsingContext.navigate",
		map[string]any{"context": t.context, "url": url, "wait": "complete"}, nil)
	var refused *CommandError
	if errors.As(err, &refused) {
		return &NavigationError{URL: url, Reason: refused.Reason}
	}
	return err
}

func (t *firefoxTab) leave(ctx context.Context, expression string) error {
	return t.follow(ctx, func() error {
		_, err := t.run(ctx, expression, false)
		return err
	})
}

// follow waits for the navigation that begins once act is called, or for one that has replaced it.
func (t *firefoxTab) follow(ctx context.Context, act func() error) error {
	events := make(chan navigationEvent, 64)
	for _, name := range firefoxEvents {
		defer t.rpc.on(name, func(params json.RawMessage) {
			e := navigationEvent{name: name}
			if json.Unmarshal(params, &e) != nil || e.Context != t.context {
				return
			}
			select {
			case events <- e:
			default: // a page that replaces itself without end
			}
		})()
	}
	if err := act(); err != nil {
		return err
	}
	last := ""
	for {
		select {
		case e := <-events:
			switch {
			case e.name == "browsingContext.navigationStarted":
				last = e.Navigation
			case last == "" || e.Navigation != last: // of the page that was left, or of one that was replaced
			case strings.HasPrefix(e.URL, "about:neterror"), strings.HasPrefix(e.URL, "about:certerror"):
				return &NavigationError{Reason: e.URL} // which is told to have its content, but not to be loaded
			case e.name == "browsingContext.load":
				return nil
			case e.name == "browsingContext.navigationFailed":
				return &NavigationError{Reason: e.name}
			}
		case <-t.rpc.done:
			return t.rpc.err
		case <-ctx.Done():
			return fmt.Errorf("page does not finish loading: %w", context.Cause(ctx))
		}
	}
}

func (t *firefoxTab) evaluate(ctx context.Context, expression string) (string, error) {
	return t.run(ctx, expression, true)
}

// run evaluates an expression, and waits for the promise that it gives when await is set.
func (t *firefoxTab) run(ctx context.Context, expression string, await bool) (string, error) {
	var answer struct {
		Result           struct{ Value string }
		ExceptionDetails *struct{ Text string }
	}
	err := t.rpc.call(ctx, "", "script.evaluate", map[string]any{
		"expression": expression, "target": map[string]any{"context": t.context}, "awaitPromise": await,
	}, &answer)
	if err != nil {
		return "", err
	}
	if e := answer.ExceptionDetails; e != nil {
		return "", &ScriptError{Reason: e.Text}
	}
	return answer.Result.Value, nil
}
