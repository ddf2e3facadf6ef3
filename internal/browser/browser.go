// Package browser starts a real Chromium or Firefox, headless and with a profile of its own, and steers it: the browser
// is the measure that profiles are compared with, so everything here serves one end, that what it sends is what a
// person's fresh installation sends.
//
// The browsers are steered through their own remote protocols (Chrome DevTools Protocol, WebDriver BiDi) over a
// WebSocket on the loopback interface. No domain is enabled that changes requests, and a navigation is that of an
// address typed in ("Sec-Fetch-Site: none", "Sec-Fetch-User: ?1").
//
// The flags and preferences are those under which the captures in golden/captures were made.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// Kind is a browser engine that the package can steer.
type Kind string

// The kinds.
const (
	Chromium Kind = "chromium"
	Firefox  Kind = "firefox"
)

// Options say which browser [Start] starts, and how.
type Options struct {
	// Kind is [Chromium] or [Firefox].
	Kind Kind
	// Path is the program, as [Find] returns it. Empty: the result of Find(Kind).
	Path string
	// CAFile is a PEM file with one certificate authority that the browser trusts beside its own. Needs the command
	// certutil. Empty: none.
	CAFile string
	// Hosts are names that resolve to 127.0.0.1, beside "localhost". The browser resolves no other name differently.
	Hosts []string
	// Preferences are set beside those of every start, for Firefox only: what its user has chosen in the settings. The later
	// of two with one name counts. With Chromium they are an error.
	Preferences []Preference
}

// Browser is one running browser with one tab. Its methods may be called from several goroutines, but there is only one
// page: a navigation ends an evaluation that is under way.
type Browser struct {
	kind    Kind
	dir     string
	process *process
	rpc     *rpc
	tab     tab
	close   sync.Once
	err     error // of Close
}

// tab is the page of a browser, in the terms of its remote protocol.
type tab interface {
	navigate(ctx context.Context, url string) error
	evaluate(ctx context.Context, expression string) (string, error)
	leave(ctx context.Context, expression string) error
	click(ctx context.Context, x, y int) error
}

// Start starts a browser and returns it once it can be steered: its only tab shows about:blank. ctx bounds the start
// only; the browser runs until [Browser.Close], which the caller must call. On Linux the browser also ends when this
// process does.
//
// An error is a *[NotInstalledError], a *[StartError] (which wraps the error of ctx, too) or that of the file system.
func Start(ctx context.Context, o Options) (*Browser, error) {
	if o.Kind == Chromium && len(o.Preferences) > 0 {
		return nil, fmt.Errorf("browser: preference %s: only Firefox has preferences", o.Preferences[0].Name)
	}
	if o.Path == "" {
		path, err := Find(o.Kind)
		if err != nil {
			return nil, err
		}
		o.Path = path
	}
	// The browser runs in another directory, where a relative path would mean another program.
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return nil, fmt.Errorf("browser: %w", err)
	}
	o.Path = path
	dir, err := os.MkdirTemp("", "wirelike-")
	if err != nil {
		return nil, fmt.Errorf("browser: %w", err)
	}
	b := &Browser{kind: o.Kind, dir: dir}
	if err := b.start(ctx, &o); err != nil {
		_ = b.Close() // the reason for the failure matters more
		return nil, err
	}
	return b, nil
}

func (b *Browser) start(ctx context.Context, o *Options) error {
	var err error
	switch o.Kind {
	case Chromium:
		err = b.startChromium(ctx, o)
	case Firefox:
		err = b.startFirefox(ctx, o)
	default:
		return fmt.Errorf("browser: unknown kind %q", o.Kind)
	}
	var missing *NotInstalledError
	if err == nil || errors.As(err, &missing) {
		return err
	}
	failed := &StartError{Path: o.Path, Err: err}
	if b.process != nil {
		failed.Stderr = b.process.output()
	}
	return failed
}

// Navigate opens url in the tab as if it had been typed into the address bar, and returns when the page has loaded: the
// document and what it embeds. Requests that a script or the browser itself makes then (fetch, the icon) may still be
// under way.
//
// A page that could not be loaded gives a *[NavigationError]. When ctx ends first, the navigation goes on unobserved.
func (b *Browser) Navigate(ctx context.Context, url string) error {
	if err := b.tab.navigate(ctx, url); err != nil {
		return b.wrap("navigate to "+url, err)
	}
	return nil
}

// Leave runs a JavaScript expression with which the page leaves for another one or loads itself again, like
// "location.href = …" or "location.reload()", and returns when the page that follows has loaded. It is the page that
// navigates then, without a gesture of the user: its request has a referrer, and no "Sec-Fetch-User".
//
// An expression that throws gives a *[ScriptError], a page that could not be loaded a *[NavigationError] whose URL is
// empty. When the expression leaves for nowhere, or for another fragment only, Leave waits until ctx ends.
func (b *Browser) Leave(ctx context.Context, expression string) error {
	if err := b.tab.leave(ctx, expression); err != nil {
		return b.wrap("leave the page", err)
	}
	return nil
}

// Evaluate runs a JavaScript expression in the page, waits for it if it is a promise, and returns its value as the
// function String gives it: a string as it is, an object as "[object Object]" (so use JSON.stringify), nothing as
// "undefined". It is no user gesture.
//
// An expression that throws, or whose promise is rejected, gives a *[ScriptError].
func (b *Browser) Evaluate(ctx context.Context, expression string) (string, error) {
	value, err := b.tab.evaluate(ctx, "(async () => String(await ("+expression+"\n)))()")
	if err != nil {
		return "", b.wrap("evaluate", err)
	}
	return value, nil
}

// Close kills the browser with all its processes, waits until they are gone and removes its profile. It is safe to call
// it more than once and together with the other methods, which then fail with [ErrClosed].
func (b *Browser) Close() error {
	b.close.Do(func() {
		if b.rpc != nil {
			b.rpc.close()
		}
		if b.process != nil {
			b.err = b.process.kill()
		}
		if err := os.RemoveAll(b.dir); err != nil {
			b.err = errors.Join(b.err, fmt.Errorf("browser: %w", err))
		}
	})
	return b.err
}

// wrap says what failed. When the browser is gone, its last words say more than the broken connection does.
func (b *Browser) wrap(op string, err error) error {
	if errors.Is(err, errLost) {
		return fmt.Errorf("browser: %s: %s %w; it said: %q", op, b.kind, ErrClosed, b.process.output())
	}
	return fmt.Errorf("browser: %s: %w", op, err)
}
