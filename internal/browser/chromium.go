package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
)

// chromiumFlags are the flags of every start.
var chromiumFlags = []string{
	"--headless=new",
	"--no-sandbox", // the sandbox does not start as root, which is what a container's user is; pages are our own
	"--disable-gpu",
	"--no-first-run",
	"--disable-quic",
	// What the browser fetches of its own accord.
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	"--lang=en-US",
	"--accept-lang=en-US,en",
	"--disable-breakpad", // its crash handler would outlive the browser
	"--remote-debugging-port=0",
}

func (b *Browser) startChromium(ctx context.Context, o *Options) error {
	if o.CAFile != "" {
		if err := trust(ctx, filepath.Join(b.dir, ".pki", "nssdb"), o.CAFile); err != nil {
			return err
		}
	}
	rules := "MAP localhost 127.0.0.1"
	for _, host := range o.Hosts {
		rules += ", MAP " + host + " 127.0.0.1"
	}
	args := append(chromiumFlags[:len(chromiumFlags):len(chromiumFlags)],
		"--host-resolver-rules="+rules, "--user-data-dir="+filepath.Join(b.dir, "profile"), "about:blank")
	if err := b.connect(ctx, o.Path, args, ""); err != nil {
		return err
	}
	tab, err := attachChromium(ctx, b.rpc)
	if err != nil {
		return err
	}
	b.tab = tab
	return nil
}

// connect starts the program and opens the remote protocol at the address that it prints, extended by path.
func (b *Browser) connect(ctx context.Context, program string, args []string, path string) error {
	var err error
	if b.process, err = startProcess(b.dir, program, args); err != nil {
		return err
	}
	address, err := b.process.address(ctx)
	if err != nil {
		return err
	}
	b.rpc, err = dialRPC(ctx, address+path)
	return err
}

// chromiumTab is a tab in the terms of the Chrome DevTools Protocol. Of its domains only Page is enabled, for the event
// that tells of a loaded page; none of those that touch requests are.
type chromiumTab struct {
	rpc     *rpc
	session string
	frame   string
}

func attachChromium(ctx context.Context, r *rpc) (*chromiumTab, error) {
	target, err := firstPage(ctx, r)
	if err != nil {
		return nil, err
	}
	t := &chromiumTab{rpc: r, frame: target} // the main frame has the identifier of its target
	var attached struct{ SessionID string }
	err = r.call(ctx, "", "Target.attachToTarget", map[string]any{"targetId": target, "flatten": true}, &attached)
	if err != nil {
		return nil, err
	}
	t.session = attached.SessionID
	if err := r.call(ctx, t.session, "Page.enable", struct{}{}, nil); err != nil {
		return nil, err
	}
	err = r.call(ctx, t.session, "Page.setLifecycleEventsEnabled", map[string]any{"enabled": true}, nil)
	return t, err
}

// firstPage waits for the tab that the browser opens at its start and returns its target identifier.
func firstPage(ctx context.Context, r *rpc) (string, error) {
	pages := make(chan string, 1)
	defer r.on("Target.targetCreated", func(params json.RawMessage) {
		var created struct {
			TargetInfo struct{ TargetID, Type string }
		}
		if json.Unmarshal(params, &created) == nil && created.TargetInfo.Type == "page" {
			select {
			case pages <- created.TargetInfo.TargetID:
			default:
			}
		}
	})()
	if err := r.call(ctx, "", "Target.setDiscoverTargets", map[string]any{"discover": true}, nil); err != nil {
		return "", err
	}
	select {
	case page := <-pages:
		return page, r.call(ctx, "", "Target.setDiscoverTargets", map[string]any{"discover": false}, nil)
	case <-r.done:
		return "", r.err
	case <-ctx.Done():
		return "", fmt.Errorf("no tab: %w", context.Cause(ctx))
	}
}

func (t *chromiumTab) navigate(ctx context.Context, url string) error {
	events, stop := t.lifecycle()
	defer stop()
	var answer struct{ LoaderID, ErrorText string }
	err := t.rpc.call(ctx, t.session, "Page.navigate", map[string]any{"url": url}, &answer)
	switch {
	case err != nil:
		return err
	case answer.ErrorText != "":
		return &NavigationError{URL: url, Reason: answer.ErrorText}
	case answer.LoaderID == "":
		return nil // only the fragment changed: nothing is loaded
	}
	return t.loaded(ctx, func(e lifecycleEvent) bool { return e.LoaderID == answer.LoaderID }, events)
}

func (t *chromiumTab) leave(ctx context.Context, expression string) error {
	return t.follow(ctx, func() error {
		_, err := t.run(ctx, expression, false)
		return err
	})
}

// follow waits for the page that act leads to. It knows no loader beforehand: the page is the first that begins.
func (t *chromiumTab) follow(ctx context.Context, act func() error) error {
	events, stop := t.lifecycle()
	defer stop()
	if err := act(); err != nil {
		return err
	}
	if err := t.loaded(ctx, func(e lifecycleEvent) bool { return e.Name == "init" }, events); err != nil {
		return err
	}
	scheme, err := t.run(ctx, "location.protocol", false)
	if err == nil && scheme == "chrome-error:" {
		err = &NavigationError{Reason: "the browser shows a page of its own about an error"}
	}
	return err
}

// lifecycle returns the events that tell of beginning and end of the main frame's pages, until stop is called.
func (t *chromiumTab) lifecycle() (events <-chan lifecycleEvent, stop func()) {
	loads := make(chan lifecycleEvent, 64)
	stop = t.rpc.on("Page.lifecycleEvent", func(params json.RawMessage) {
		var e lifecycleEvent
		if json.Unmarshal(params, &e) != nil || e.FrameID != t.frame || e.Name != "init" && e.Name != "load" {
			return
		}
		select {
		case loads <- e:
		default: // a page that replaces itself without end
		}
	})
	return loads, stop
}

// lifecycleEvent tells how far a document has come. Each document has its own loader.
type lifecycleEvent struct{ FrameID, LoaderID, Name string }

// loaded waits until the document with the event that begins tells, or one that has replaced it, has loaded. Events
// before that one are those of the page that was left.
func (t *chromiumTab) loaded(ctx context.Context, begins func(lifecycleEvent) bool, events <-chan lifecycleEvent) error {
	begun := false
	for {
		select {
		case e := <-events:
			begun = begun || begins(e)
			if begun && e.Name == "load" {
				return nil
			}
		case <-t.rpc.done:
			return t.rpc.err
		case <-ctx.Done():
			return fmt.Errorf("page does not finish loading: %w", context.Cause(ctx))
		}
	}
}

func (t *chromiumTab) evaluate(ctx context.Context, expression string) (string, error) {
	return t.run(ctx, expression, true)
}

// run evaluates an expression, and waits for the promise that it gives when await is set.
func (t *chromiumTab) run(ctx context.Context, expression string, await bool) (string, error) {
	var answer struct {
		Result           struct{ Value any } // the exception, if there is one
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	err := t.rpc.call(ctx, t.session, "Runtime.evaluate",
		map[string]any{"expression": expression, "awaitPromise": await, "returnByValue": true}, &answer)
	if err != nil {
		return "", err
	}
	if e := answer.ExceptionDetails; e != nil {
		return "", &ScriptError{Reason: strings.TrimSpace(e.Text + " " + e.Exception.Description)}
	}
	value, _ := answer.Result.Value.(string)
	return value, nil
}
