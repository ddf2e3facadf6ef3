package client

import (
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"reflect"
	"strconv"
	"strings"
)

// Values that hold secrets are printed without them by every verb of package fmt and in logs. Package fmt calls no methods of what is
// in unexported fields, so that a type which keeps secrets in one needs a Format of its own.

// printAs writes text as a Formatter does: for %q in quotes.
func printAs(s fmt.State, verb rune, text string) {
	if verb == 'q' {
		text = strconv.Quote(text)
	}
	_, _ = io.WriteString(s, text)
}

// outline describes a struct: its exported fields that are set, with the values that tell something and are no secrets.
func outline(name string, v reflect.Value) string {
	var b strings.Builder
	b.WriteString("client." + name + "{")
	first := true
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() || v.Field(i).IsZero() {
			continue
		}
		if !first {
			b.WriteString(", ")
		}
		first = false
		b.WriteString(f.Name + ": " + outlined(v.Field(i)))
	}
	return b.String() + "}"
}

// outlined describes the value of a field.
func outlined(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case *url.URL:
		return redact(x)
	case Pairs:
		return fmt.Sprintf("[%d pairs]", len(x)) // which may be a login
	case []string:
		return withoutUserinfo(fmt.Sprintf("%q", x))
	case []byte:
		return fmt.Sprintf("[%d bytes]", len(x))
	case fmt.Formatter: // this package's own
		return fmt.Sprint(x)
	case error:
		return x.Error()
	case fmt.Stringer:
		if v.Kind() != reflect.Pointer && v.Kind() != reflect.Interface { // durations, times, addresses, versions
			return x.String()
		}
	}
	switch v.Kind() {
	case reflect.String:
		return strconv.Quote(withoutUserinfo(v.String()))
	case reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint8, reflect.Uint16, reflect.Uint64:
		return fmt.Sprint(v.Interface())
	case reflect.Slice:
		return fmt.Sprintf("[%d]", v.Len())
	}
	return "…"
}

// Format implements [fmt.Formatter]: every verb prints what [Header.String] returns.
func (h Header) Format(s fmt.State, verb rune) { printAs(s, verb, h.String()) }

// String tells which options are set, without secrets.
func (o Options) String() string { return outline("Options", reflect.ValueOf(o)) }

// Format implements [fmt.Formatter]: every verb prints what String returns.
func (o Options) Format(s fmt.State, verb rune) { printAs(s, verb, o.String()) }

// LogValue implements [slog.LogValuer].
func (o Options) LogValue() slog.Value { return slog.StringValue(o.String()) }

// String tells what is set, without secrets.
func (c Call) String() string { return outline("Call", reflect.ValueOf(c)) }

// Format implements [fmt.Formatter]: every verb prints what String returns.
func (c Call) Format(s fmt.State, verb rune) { printAs(s, verb, c.String()) }

// LogValue implements [slog.LogValuer].
func (c Call) LogValue() slog.Value { return slog.StringValue(c.String()) }

// String tells what is set, without secrets.
func (t *Transport) String() string { return outline("Transport", reflect.ValueOf(t).Elem()) }

// Format implements [fmt.Formatter]: every verb prints what String returns.
func (t *Transport) Format(s fmt.State, verb rune) { printAs(s, verb, t.String()) }

// LogValue implements [slog.LogValuer].
func (t *Transport) LogValue() slog.Value { return slog.StringValue(t.String()) }

// String tells which options the session has, without secrets.
func (s *Session) String() string { return "client.Session{" + s.options.String() + "}" }

// Format implements [fmt.Formatter]: every verb prints what String returns.
func (s *Session) Format(f fmt.State, verb rune) { printAs(f, verb, s.String()) }

// LogValue implements [slog.LogValuer].
func (s *Session) LogValue() slog.Value { return slog.StringValue(s.String()) }

// String tells what is known, with the length of the body alone and no secrets.
func (i Info) String() string { return outline("Info", reflect.ValueOf(i)) }

// Format implements [fmt.Formatter]: every verb prints what String returns.
func (i Info) Format(s fmt.State, verb rune) { printAs(s, verb, i.String()) }

// LogValue implements [slog.LogValuer].
func (i Info) LogValue() slog.Value { return slog.StringValue(i.String()) }

// Format implements [fmt.Formatter]: every verb prints what [Response.String] returns.
func (r *Response) Format(s fmt.State, verb rune) { printAs(s, verb, r.String()) }

// LogValue implements [slog.LogValuer].
func (r *Response) LogValue() slog.Value { return slog.StringValue(r.String()) }

// Format implements [fmt.Formatter]: every verb prints what [Cookie.String] returns.
func (c Cookie) Format(s fmt.State, verb rune) { printAs(s, verb, c.String()) }

// LogValue implements [slog.LogValuer].
func (c Cookie) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Format implements [fmt.Formatter]: every verb prints what [Jar.String] returns.
func (j *Jar) Format(s fmt.State, verb rune) { printAs(s, verb, j.String()) }

// LogValue implements [slog.LogValuer].
func (j *Jar) LogValue() slog.Value { return slog.StringValue(j.String()) }

// LogValue implements [slog.LogValuer].
func (a Attempt) LogValue() slog.Value {
	return slog.StringValue(outline("Attempt", reflect.ValueOf(a)))
}

// LogValue implements [slog.LogValuer]: that of the response.
func (u *Upgrade) LogValue() slog.Value { return u.Response.LogValue() }
