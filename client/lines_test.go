package client

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// chunks is a reader that returns its pieces one by one.
type chunks []string

func (c *chunks) Read(p []byte) (int, error) {
	if len(*c) == 0 {
		return 0, io.EOF
	}
	n := copy(p, (*c)[0])
	if (*c)[0] = (*c)[0][n:]; (*c)[0] == "" {
		*c = (*c)[1:]
	}
	return n, nil
}

func linesOf(r io.Reader, o *LinesOptions) (list []string, err error) {
	res := canned("", "")
	res.Body = io.NopCloser(r)
	for line, e := range res.Lines(o) {
		if e != nil {
			return list, e
		}
		list = append(list, string(line))
	}
	return list, nil
}

// TestLines: the lines of a body, whatever the pieces it comes in.
func TestLines(t *testing.T) {
	t.Parallel()
	bar := &LinesOptions{Delimiter: []byte("¦")}
	for _, row := range []struct {
		name string
		in   []string
		o    *LinesOptions
		want []string
	}{
		{"RESP-26 the vector", []string{"a\nb", "c\n", "d\n"}, nil, []string{"a", "bc", "d"}},
		{"RESP-26 all three", []string{"a\r\nb\rc\nd"}, nil, []string{"a", "b", "c", "d"}},
		{"RESP-26 only these three", []string{"a\vb\fc\x1cd\u2028e"}, nil, []string{"a\vb\fc\x1cd\u2028e"}},
		{"RESP-26 empty lines", []string{"\n\r\n\r\ra"}, nil, []string{"", "", "", "", "a"}},
		{"RESP-26 nothing", nil, nil, nil},
		{"RESP-27 CR and LF apart", []string{"a\r", "\nb"}, nil, []string{"a", "b"}},
		{"RESP-27 CR at the end", []string{"a\r"}, nil, []string{"a"}},
		{"RESP-27 LF alone behind CRLF", []string{"a\r\n", "\nb"}, nil, []string{"a", "", "b"}},
		{"RESP-27 delimiter at the end", []string{"a¦b¦"}, bar, []string{"a", "b"}},
		{"RESP-27 delimiter in two", []string{"a\xc2", "\xa6b"}, bar, []string{"a", "b"}},
		{"RESP-27 tail like a delimiter", []string{"a¦b\xa6", "c"}, bar, []string{"a", "b\xa6c"}},
		{"RESP-27 begun delimiter at the end", []string{"a¦b\xc2"}, bar, []string{"a", "b\xc2"}},
		{"RESP-27 line breaks are content", []string{"a\r\nb¦c"}, bar, []string{"a\r\nb", "c"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := chunks(slices.Clone(row.in))
			all := strings.Join(row.in, "")
			for how, r := range map[string]io.Reader{
				"as given": &c, "byte by byte": iotest.OneByteReader(strings.NewReader(all)), "at once": iotest.DataErrReader(strings.NewReader(all)),
			} {
				if got, err := linesOf(r, row.o); !slices.Equal(got, row.want) || err != nil {
					t.Errorf("%s: %q, %v", how, got, err)
				}
			}
		})
	}
}

// TestLinesLimit: RESP-27, a line as long as allowed is one, a longer one is not.
func TestLinesLimit(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		in   string
		max  int
		good bool
	}{
		{"abc\nabc\n", 3, true}, {"abc\r\n", 3, true}, {"abc", 3, true}, {"abcd\n", 3, false}, {"abcd", 3, false}, {"a\nabcd", 3, false},
		{strings.Repeat("x", DefaultMaxLine), 0, true}, {strings.Repeat("x", DefaultMaxLine+1), 0, false}, {strings.Repeat("x", DefaultMaxLine+1), -1, true},
	} {
		for _, o := range []*LinesOptions{{MaxLine: row.max}, {MaxLine: row.max, Delimiter: []byte("\n")}} {
			if o.Delimiter != nil && strings.Contains(row.in, "\r") {
				continue
			}
			if _, err := linesOf(strings.NewReader(row.in), o); (err == nil) != row.good || err != nil && !errors.Is(err, ErrTooLarge) {
				t.Errorf("%.20q of %d, at most %d: %v", row.in, len(row.in), row.max, err)
			}
		}
	}
}

// TestLinesEnd: a line comes before the next one is there; an error comes with what there is; the body is closed.
func TestLinesEnd(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	closed := 0
	res := canned("", "")
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(strings.NewReader("a\nb"), failing{boom}), closerOf(&closed)}
	var got []string
	for line, err := range res.Lines(nil) {
		got = append(got, string(line))
		var e *Error
		if (err != nil) != (string(line) == "b") || err != nil && (!errors.Is(err, boom) || !errors.As(err, &e) || e.Response != res) {
			t.Errorf("%q, %v", line, err)
		}
	}
	if !slices.Equal(got, []string{"a", "b"}) || closed != 1 {
		t.Errorf("%q, closed %d times", got, closed)
	}
	pr, pw := io.Pipe()
	res.Body = pr
	go io.WriteString(pw, "first\r") // returns when it is read, or the body closed
	for line, err := range res.Lines(nil) {
		if string(line) != "first" || err != nil {
			t.Errorf("%q, %v", line, err)
		}
		break
	}
	if _, err := pw.Write([]byte("x")); err != io.ErrClosedPipe {
		t.Errorf("the body is open: %v", err)
	}
}

type countCloser struct{ n *int }

func (c countCloser) Close() error { *c.n++; return nil }

func closerOf(n *int) io.Closer { return countCloser{n} }

// TestEvents: STREAM-15, the examples of the standard, and what else it says.
func TestEvents(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, in string
		want     []Event
	}{
		{"STREAM-15 lines of data", "data: YHOO\ndata: +2\ndata: 10\n\n", []Event{{Type: "message", Data: "YHOO\n+2\n10"}}},
		{"STREAM-15 comment and ids", ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n",
			[]Event{{"message", "first event", "1", 0}, {"message", "second event", "", 0}}},
		{"STREAM-15 empty data", "data\n\ndata\ndata\n\ndata:\n", []Event{{Type: "message"}, {Type: "message", Data: "\n"}}},
		{"STREAM-15 blank after the colon", "data:test\n\ndata: test\n\n", []Event{{Type: "message", Data: "test"}, {Type: "message", Data: "test"}}},
		{"STREAM-15 type", "event: add\rdata: 1\r\revent: none\r\rdata: 2\r\r", []Event{{Type: "add", Data: "1"}, {Type: "message", Data: "2"}}},
		{"STREAM-15 retry, mark, NUL", "\xef\xbb\xbfretry: 1500\nid: a\nid: b\x00\nretry: x\ndata: 1\n\n", []Event{{"message", "1", "a", 1500 * time.Millisecond}}},
		{"STREAM-15 not UTF-8", "data: \xff\n\n", []Event{{Type: "message", Data: "\uFFFD"}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			res := canned("text/event-stream", row.in)
			res.Body = io.NopCloser(iotest.OneByteReader(strings.NewReader(row.in)))
			var got []Event
			for e, err := range res.Events() {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, e)
			}
			if !reflect.DeepEqual(got, row.want) {
				t.Errorf("%+v", got)
			}
		})
	}
	long := strings.Repeat("data: "+strings.Repeat("x", 1000)+"\n", 1100)
	for _, err := range canned("", long).Events() {
		if !errors.Is(err, ErrTooLarge) {
			t.Errorf("an event without end: %v", err)
		}
	}
}

// FuzzLines: the pieces in which a body comes do not matter, and nothing is lost.
func FuzzLines(f *testing.F) {
	f.Add([]byte("a\r\nb\rc\n\nd"), []byte(nil), 3)
	f.Add([]byte("a¦b\xc2¦¦"), []byte("¦"), 2)
	f.Add([]byte("ababab"), []byte("abab"), 1)
	f.Fuzz(func(t *testing.T, in, delimiter []byte, size int) {
		o := &LinesOptions{Delimiter: delimiter, MaxLine: -1}
		whole, err := linesOf(bytes.NewReader(in), o)
		if err != nil {
			t.Fatal(err)
		}
		var c chunks
		for piece := range slices.Chunk(in, 1+int(uint(size)%8)) {
			c = append(c, string(piece))
		}
		if apart, err := linesOf(&c, o); !slices.Equal(apart, whole) || err != nil {
			t.Errorf("%q in pieces, %v; %q at once", apart, err, whole)
		}
		text, d := string(in), string(delimiter)
		if d == "" {
			text, d = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n"
		}
		want := strings.Split(text, d)
		if want[len(want)-1] == "" {
			want = want[:len(want)-1]
		}
		if !slices.Equal(whole, want) {
			t.Errorf("%q, want %q", whole, want)
		}
	})
}
