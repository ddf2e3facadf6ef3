package client

import (
	"bytes"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
)

// Event is one server-sent event (WHATWG HTML §9.2).
type Event struct {
	// Type is "message" unless the server says otherwise.
	Type string
	// Data has the lines of data, with LF between them.
	Data string
	// ID is the last one that the server has given, in this event or before.
	ID string
	// Retry is how long a client should wait before it connects again, as the server said last; 0 if it did not.
	Retry time.Duration
}

// Events reads the body as a stream of server-sent events, each as soon as it is complete; what the end of the body cuts off is
// dropped, as the standard says. An event of more than [DefaultMaxLine] bytes is an ErrTooLarge. The loop closes the body
// when it ends, in whatever way. Nothing is requested again: that is the caller's choice, with Last-Event-ID.
func (r *Response) Events() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		defer r.Body.Close()
		p := events{lines: newLines(r.Body, nil)}
		for {
			e, err := p.next()
			if err == io.EOF {
				return
			}
			if err != nil {
				err = r.bodyError("events", err)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// events reads an event stream.
type events struct {
	lines *lines
	begun bool // the first line is read
	id    string
	retry time.Duration
}

// next returns the next event that has data.
func (p *events) next() (Event, error) {
	var (
		typ     string
		data    strings.Builder
		hasData bool
	)
	for {
		line, err := p.lines.next()
		if err != nil {
			return Event{}, err
		}
		if !p.begun {
			p.begun = true
			line = bytes.TrimPrefix(line, bom8)
		}
		if len(line) == 0 {
			if hasData {
				if typ == "" {
					typ = "message"
				}
				return Event{typ, strings.ToValidUTF8(data.String(), "\uFFFD"), p.id, p.retry}, nil
			}
			typ = ""
			continue
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) {
		case "event":
			typ = strings.ToValidUTF8(string(value), "\uFFFD")
		case "data":
			if data.Len()+len(value) > DefaultMaxLine {
				return Event{}, invalid(ErrTooLarge, "an event is longer than %d bytes", DefaultMaxLine)
			}
			if hasData {
				data.WriteByte('\n')
			}
			hasData = true
			data.Write(value)
		case "id":
			if bytes.IndexByte(value, 0) < 0 {
				p.id = strings.ToValidUTF8(string(value), "\uFFFD")
			}
		case "retry":
			if n, err := strconv.ParseUint(string(value), 10, 31); err == nil {
				p.retry = time.Duration(n) * time.Millisecond
			}
		}
	}
}
