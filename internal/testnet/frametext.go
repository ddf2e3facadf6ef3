package testnet

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// frame is one frame that the client has sent.
type frame struct {
	text   string
	stream uint32
	data   []byte              // of DATA
	fields []hpack.HeaderField // of a header block, with the frame that ends it
	block  bool                // the frame ends a header block
	end    bool                // it, or the HEADERS that it continues, ends the stream
}

// blocks puts together the header blocks of a connection.
type blocks struct {
	dec      *hpack.Decoder
	fragment []byte
	end      bool // of the HEADERS in progress
	priority http2.PriorityParam
}

// describe makes a frame of what the framer has read. Its text is what tests compare: type, stream, and what matters of
// the rest, as in
//
//	SETTINGS 0 2:0 4:1000
//	HEADERS 1 end :method=GET :path=/
//	HEADERS 1 more
//	CONTINUATION 1 :method=GET :path=/
//	DATA 1 5 end
//	WINDOW_UPDATE 0 100
//	RST_STREAM 1 CANCEL
//	PING ack 0000000000000001
//	GOAWAY 0 PROTOCOL_ERROR
func (b *blocks) describe(f http2.Frame) frame {
	h := f.Header()
	out := frame{stream: h.StreamID}
	words := []any{h.Type, h.StreamID}
	end := func(on bool) {
		if out.end = on; on {
			words = append(words, "end")
		}
	}
	switch f := f.(type) {
	case *http2.HeadersFrame:
		end(f.StreamEnded())
		b.fragment, b.end, b.priority = append(b.fragment[:0], f.HeaderBlockFragment()...), out.end, f.Priority
		words = append(words, b.words(&out, f.HeadersEnded())...)
	case *http2.ContinuationFrame:
		b.fragment = append(b.fragment, f.HeaderBlockFragment()...)
		out.end = b.end
		words = append(words, b.words(&out, f.HeadersEnded())...)
	case *http2.DataFrame:
		out.data = bytes.Clone(f.Data())
		words = append(words, len(out.data))
		end(f.StreamEnded())
	case *http2.SettingsFrame:
		if f.IsAck() {
			words = []any{"SETTINGS ack"}
		}
		f.ForeachSetting(func(s http2.Setting) error {
			words = append(words, fmt.Sprintf("%d:%d", s.ID, s.Val))
			return nil
		})
	case *http2.WindowUpdateFrame:
		words = append(words, f.Increment)
	case *http2.RSTStreamFrame:
		words = append(words, f.ErrCode)
	case *http2.GoAwayFrame:
		words = []any{"GOAWAY", f.LastStreamID, f.ErrCode}
	case *http2.PingFrame:
		if f.IsAck() {
			words = []any{fmt.Sprintf("PING ack %x", f.Data)}
		}
	case *http2.PriorityFrame:
		words = append(words, fmt.Sprint(f.PriorityParam))
	}
	out.text = strings.TrimSuffix(fmt.Sprintln(words...), "\n")
	return out
}

// words decodes the header block if this is its end.
func (b *blocks) words(f *frame, last bool) (words []any) {
	if !last {
		return []any{"more"}
	}
	f.block = true
	var err error
	if f.fields, err = b.dec.DecodeFull(b.fragment); err != nil {
		return []any{err}
	}
	for _, f := range f.fields {
		words = append(words, f.Name+"="+f.Value)
	}
	return words
}

// matches compares a frame's text with what a test wants: the same, or a beginning of it with "..." behind.
func matches(got, want string) bool {
	if begin, ok := strings.CutSuffix(want, "..."); ok {
		return strings.HasPrefix(got, begin)
	}
	return got == want
}
