package browser_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/wirelike/wirelike/internal/browser"
)

// program writes a shell script that stands for a browser and returns its path.
func program(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "browser")
	// A program that another test starts at this moment would inherit the open file, and a script that is open for writing
	// cannot be started ("text file busy").
	syscall.ForkLock.RLock()
	err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700)
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// remote is the browser's end of the Chrome DevTools Protocol: answer gets each command and writes what it likes.
func remote(t *testing.T, answer func(ws *websocket.Conn, id int, method string) error) (address string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer ws.CloseNow()
		for {
			_, data, err := ws.Read(context.Background())
			if err != nil {
				return // the browser was closed
			}
			var c struct {
				ID     int
				Method string
			}
			if err := json.Unmarshal(data, &c); err != nil {
				t.Error(err)
			}
			if err := answer(ws, c.ID, c.Method); err != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	return "ws" + strings.TrimPrefix(server.URL, "http") + "/devtools"
}

func write(ws *websocket.Conn, format string, args ...any) error {
	return ws.Write(context.Background(), websocket.MessageText, fmt.Appendf(nil, format, args...))
}

// obedient answers as a browser does that starts well and loads every page.
func obedient(ws *websocket.Conn, id int, method string) error {
	switch method {
	case "Target.setDiscoverTargets":
		return errors.Join(
			write(ws, `{"method":"Target.targetCreated","params":{"targetInfo":{"targetId":"B","type":"browser"}}}`),
			write(ws, `{"method":"Target.targetCreated","params":{"targetInfo":{"targetId":"T","type":"page"}}}`),
			write(ws, `{"id":%d,"result":{}}`, id))
	case "Target.attachToTarget":
		return write(ws, `{"id":%d,"result":{"sessionId":"S"}}`, id)
	case "Page.navigate":
		return errors.Join(
			// The page that is left, and a frame inside the new one: neither says that the new page has loaded.
			write(ws, `{"method":"Page.lifecycleEvent","params":{"frameId":"T","loaderId":"old","name":"load"}}`),
			write(ws, `{"method":"Page.lifecycleEvent","params":{"frameId":"T","loaderId":"L","name":"init"}}`),
			write(ws, `{"id":%d,"result":{"frameId":"T","loaderId":"L"}}`, id),
			write(ws, `{"method":"Page.lifecycleEvent","params":{"frameId":"I","loaderId":"M","name":"load"}}`),
			write(ws, `{"method":"Page.lifecycleEvent","params":{"frameId":"T","loaderId":"L","name":"load"}}`))
	}
	return write(ws, `{"id":%d,"result":{}}`, id)
}

// patience is how long a test waits for what never comes. Everything else in these tests takes milliseconds.
const patience = 2 * time.Second

// listener is a script that says where the remote protocol is spoken and runs until it is killed. The script itself
// waits for a child, so that only the death of its whole group silences it.
func listener(address string) string {
	return "echo some words >&2; echo 'DevTools listening on " + address + "' >&2; sleep 3600 & wait"
}

func TestStartFails(t *testing.T) {
	t.Parallel()
	noAnswer := remote(t, func(*websocket.Conn, int, string) error { return nil })
	refuses := remote(t, func(ws *websocket.Conn, id int, _ string) error {
		return write(ws, `{"id":%d,"error":{"code":-32000,"message":"not today"}}`, id)
	})
	hangsUp := remote(t, func(*websocket.Conn, int, string) error { return errors.New("enough") })
	babbles := remote(t, func(ws *websocket.Conn, _ int, _ string) error { return write(ws, "no JSON") })
	for _, row := range []struct {
		name, script string
		wait         time.Duration
		is           error
		want         []string
	}{
		{"ends at once", "echo cannot find the screen >&2; exit 3", time.Minute, nil, []string{"exit status 3", "cannot find the screen"}},
		{"ends content", "exit 0", time.Minute, nil, []string{"ended before it could be steered: exit status 0"}},
		{"listens to nobody", "echo busy >&2; sleep 3600", patience, context.DeadlineExceeded, []string{"does not listen", "busy"}},
		{"nobody at the address", listener("ws://127.0.0.1:1/"), time.Minute, nil, []string{"127.0.0.1:1", "some words"}},
		{"does not answer", listener(noAnswer), patience, context.DeadlineExceeded, []string{"no answer"}},
		{"refuses", listener(refuses), time.Minute, nil, []string{"Target.setDiscoverTargets", "not today"}},
		{"hangs up", listener(hangsUp), time.Minute, nil, []string{"connection to the browser lost"}},
		{"babbles", listener(babbles), time.Minute, nil, []string{"connection to the browser lost", "not a message"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), row.wait)
			defer cancel()
			b, err := browser.Start(ctx, browser.Options{Kind: browser.Chromium, Path: program(t, row.script)})
			if err == nil {
				b.Close()
				t.Fatal("started")
			}
			var failed *browser.StartError
			if !errors.As(err, &failed) {
				t.Errorf("got %T, want *StartError", err)
			}
			if row.is != nil && !errors.Is(err, row.is) {
				t.Errorf("got %v, want it to wrap %v", err, row.is)
			}
			for _, want := range row.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want it to tell %q", err, want)
				}
			}
		})
	}
}

func startFake(t *testing.T, answer func(*websocket.Conn, int, string) error) *browser.Browser {
	t.Helper()
	b, err := browser.Start(t.Context(), browser.Options{Kind: browser.Chromium, Path: program(t, listener(remote(t, answer)))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func TestNavigateWaitsForItsOwnPage(t *testing.T) {
	t.Parallel()
	b := startFake(t, func(ws *websocket.Conn, id int, method string) error {
		if method != "Page.navigate" {
			return obedient(ws, id, method)
		}
		// As obedient, but for the event that ends the navigation.
		return errors.Join(
			write(ws, `{"method":"Page.lifecycleEvent","params":{"frameId":"T","loaderId":"old","name":"load"}}`),
			write(ws, `{"id":%d,"result":{"frameId":"T","loaderId":"L"}}`, id),
			write(ws, `{"method":"Page.lifecycleEvent","params":{"frameId":"I","loaderId":"M","name":"load"}}`),
			write(ws, `{"method":"Page.lifecycleEvent","params":{"frameId":"T","loaderId":"L","name":"DOMContentLoaded"}}`))
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := b.Navigate(ctx, "https://localhost/")
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "does not finish loading") {
		t.Errorf("got %v, want an unfinished page", err)
	}
	// The end of that context must not have cost the connection.
	if _, err := b.Evaluate(t.Context(), "1"); err != nil {
		t.Errorf("evaluation after it: %v", err)
	}
}

// TestLeaveWaitsForTheNextPage: neither the end of the page that is left, nor that of a frame, is the end of the page that
// follows.
func TestLeaveWaitsForTheNextPage(t *testing.T) {
	t.Parallel()
	const loaded = `{"method":"Page.lifecycleEvent","params":{"frameId":"T","loaderId":"new","name":"load"}}`
	for _, row := range []struct {
		name, last, scheme string
		check              func(error) bool
	}{
		{"loads", loaded, "https:", func(err error) bool { return err == nil }},
		{"does not finish", `{}`, "https:", func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
		{"is about an error", loaded, "chrome-error:", func(err error) bool {
			var failed *browser.NavigationError
			return errors.As(err, &failed)
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			evaluations := 0
			b := startFake(t, func(ws *websocket.Conn, id int, method string) error {
				if method != "Runtime.evaluate" {
					return obedient(ws, id, method)
				}
				if evaluations++; evaluations > 1 {
					return write(ws, `{"id":%d,"result":{"result":{"value":%q}}}`, id, row.scheme)
				}
				return errors.Join(
					write(ws, `{"method":"Page.lifecycleEvent","params":{"frameId":"T","loaderId":"old","name":"load"}}`),
					write(ws, `{"id":%d,"result":{}}`, id),
					write(ws, `{"method":"Page.lifecycleEvent","params":{"frameId":"T","loaderId":"new","name":"init"}}`),
					write(ws, `{"method":"Page.lifecycleEvent","params":{"frameId":"I","loaderId":"M","name":"load"}}`),
					write(ws, `%s`, row.last))
			})
			wait := time.Minute
			if row.last != loaded {
				wait = patience
			}
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			defer cancel()
			if err := b.Leave(ctx, "location.reload()"); !row.check(err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestBrowserEnds(t *testing.T) {
	t.Parallel()
	b := startFake(t, func(ws *websocket.Conn, id int, method string) error {
		if method == "Runtime.evaluate" {
			return errors.New("crash")
		}
		return obedient(ws, id, method)
	})
	if err := b.Navigate(t.Context(), "https://localhost/"); err != nil {
		t.Fatal(err)
	}
	_, err := b.Evaluate(t.Context(), "1")
	if !errors.Is(err, browser.ErrClosed) || !strings.Contains(err.Error(), "some words") {
		t.Errorf("got %v, want ErrClosed with the browser's last words", err)
	}
}

func TestCloseKillsChildren(t *testing.T) {
	t.Parallel()
	b := startFake(t, obedient)
	dir := browser.Dir(b)
	if n := processesOf(t, dir); n < 2 {
		t.Fatalf("got %d entries of processes, want those of the script and its child", n)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if n := processesOf(t, dir); n != 0 {
		t.Errorf("%d entries of processes are left", n)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory is left: %v", err)
	}
}

// TestEnvironment: a proxy or a key log in the caller's environment must not reach the browser.
func TestEnvironment(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	t.Setenv("SSLKEYLOGFILE", "/nowhere")
	_, err := browser.Start(t.Context(), browser.Options{Kind: browser.Firefox, Path: program(t, "env >&2; exit 1")})
	var failed *browser.StartError
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want a StartError", err)
	}
	for _, name := range []string{"HTTPS_PROXY", "SSLKEYLOGFILE"} {
		if strings.Contains(failed.Stderr, name) {
			t.Errorf("the browser saw %s", name)
		}
	}
	if !strings.Contains(failed.Stderr, "PATH=") || strings.Contains(failed.Stderr, "HOME="+os.Getenv("HOME")+"\n") {
		t.Errorf("got %q, want PATH and a home of its own", failed.Stderr)
	}
}
