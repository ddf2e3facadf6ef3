package client

import (
	"fmt"
	"io"
	"log/slog"
)

// Opt is a setting of one call that may be left to the session: the zero value is, one made by [Some] is not, whatever it
// holds. So a call can switch off what its session has switched on.
type Opt[T any] struct {
	value T
	set   bool
}

// Some returns an Opt that holds v.
func Some[T any](v T) Opt[T] { return Opt[T]{v, true} }

// Set tells whether the Opt holds a value, and which.
func (o Opt[T]) Set() (T, bool) { return o.value, o.set }

// Or returns the value, or without one def.
func (o Opt[T]) Or(def T) T {
	if o.set {
		return o.value
	}
	return def
}

// Format implements [fmt.Formatter]: the value is formatted as it would be by itself, so that what hides its secrets hides them here.
func (o Opt[T]) Format(s fmt.State, verb rune) {
	if !o.set {
		_, _ = io.WriteString(s, "unset")
		return
	}
	_, _ = fmt.Fprintf(s, fmt.FormatString(s, verb), o.value)
}

// LogValue implements [slog.LogValuer]: that of the value.
func (o Opt[T]) LogValue() slog.Value {
	if !o.set {
		return slog.StringValue("unset")
	}
	return slog.AnyValue(o.value)
}
