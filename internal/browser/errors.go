package browser

import (
	"errors"
	"fmt"
	"strings"
)

// ErrClosed is the reason when the browser was closed, or ended by itself.
var ErrClosed = errors.New("has ended")

// NotInstalledError says that a program is missing on this machine.
type NotInstalledError struct {
	// Program is what was looked for.
	Program string
	// Package is the package of Debian that has it.
	Package string
	// Hint says how else it can be named, "" if it cannot.
	Hint string
}

func (e *NotInstalledError) Error() string {
	s := fmt.Sprintf("browser: %s is not installed (Debian: apt-get install %s)", e.Program, e.Package)
	if e.Hint != "" {
		s += ", " + e.Hint
	}
	return s
}

// StartError says that a browser was started but did not become ready.
type StartError struct {
	Path string
	// Stderr is the end of what the browser printed.
	Stderr string
	Err    error
}

func (e *StartError) Error() string {
	s := fmt.Sprintf("browser: start %s: %v", e.Path, e.Err)
	if e.Stderr != "" {
		s += "; it said: " + strings.TrimSpace(e.Stderr)
	}
	return s
}

func (e *StartError) Unwrap() error { return e.Err }

// NavigationError says that a page could not be loaded.
type NavigationError struct {
	URL string
	// Reason is the browser's own word: "net::ERR_CONNECTION_REFUSED", "… NS_ERROR_CONNECTION_REFUSED".
	Reason string
}

func (e *NavigationError) Error() string { return fmt.Sprintf("page not loaded: %s", e.Reason) }

// ScriptError says that an expression threw.
type ScriptError struct {
	// Reason is the text of the exception.
	Reason string
}

func (e *ScriptError) Error() string { return "exception: " + e.Reason }

// CommandError says that the browser refused a command of its remote protocol.
type CommandError struct {
	Method string // "Page.navigate", "browsingContext.navigate"
	Reason string
}

func (e *CommandError) Error() string { return e.Method + ": " + e.Reason }
