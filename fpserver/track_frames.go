package fpserver

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"sort"

	"github.com/wirelike/wirelike/fingerprint"
	"golang.org/x/net/http2"
)

// maxTrackFrames bounds the frames of one answer.
const maxTrackFrames = 256

// trackFrame is an item of TrackMe's "sent_frames".
type trackFrame struct {
	Type      string         `json:"frame_type"`
	Stream    uint32         `json:"stream_id,omitempty"`
	Length    int            `json:"length"`
	Settings  []string       `json:"settings,omitempty"`
	Increment uint32         `json:"increment,omitempty"`
	Headers   []string       `json:"headers,omitempty"`
	Flags     []string       `json:"flags,omitempty"`
	Priority  *trackPriority `json:"priority,omitempty"`
	Payload   string         `json:"payload,omitempty"`
	GoAway    *trackGoAway   `json:"goaway,omitempty"`
}

type trackPriority struct {
	Weight    int    `json:"weight"`
	DependsOn uint32 `json:"depends_on"`
	Exclusive int    `json:"exclusive"`
}

type trackGoAway struct {
	LastStream uint32 `json:"last_stream_id"`
	Code       string `json:"error_code"`
	Debug      string `json:"debug,omitempty"`
}

// trackFrames lists the frames before the first request of the connection, and those of the given one so far.
func (c *Conn) trackFrames(info *RequestInfo) []trackFrame {
	request := info.Request()
	c.mu.Lock()
	defer c.mu.Unlock()
	out := []trackFrame{}
	starts := c.frames.starts
	if len(starts) == 0 {
		return out
	}
	w := frameWalk{rec: &c.rec, pos: len(fingerprint.Preface), end: starts[0]}
	for len(out) < maxTrackFrames && w.next() {
		out = append(out, w.frame())
	}
	if info.Index < 0 || info.Index >= len(starts) {
		return out
	}
	w = frameWalk{rec: &c.rec, pos: starts[info.Index], end: len(c.rec.bytes)}
	for len(out) < maxTrackFrames && w.next() {
		if w.stream != info.Stream {
			continue
		}
		f := w.frame()
		if w.typ == http2.FrameHeaders && w.start == starts[info.Index] && request != nil {
			f.Headers = headerLines(request.Fields)
		}
		out = append(out, f)
	}
	return out
}

// frameWalk goes over the frames of a recording.
type frameWalk struct {
	rec      *recording
	pos, end int
	start    int // of the frame
	typ      http2.FrameType
	flags    http2.Flags
	stream   uint32
	length   int
	payload  []byte // as far as it is recorded
}

func (w *frameWalk) next() bool {
	if w.pos+frameHeader > w.end {
		return false
	}
	h := w.rec.bytes[w.pos:]
	w.start = w.pos
	w.length = int(h[0])<<16 | int(h[1])<<8 | int(h[2])
	w.typ, w.flags, w.stream = http2.FrameType(h[3]), http2.Flags(h[4]), binary.BigEndian.Uint32(h[5:])&^(1<<31)
	at := w.pos + frameHeader
	kept := w.length
	i := sort.Search(len(w.rec.elided), func(i int) bool { return w.rec.elided[i].Offset >= at })
	if i < len(w.rec.elided) && w.rec.elided[i].Offset < at+w.length {
		kept = w.rec.elided[i].Offset - at
	}
	w.pos = min(at+kept, len(w.rec.bytes))
	w.payload = w.rec.bytes[at:w.pos]
	return true
}

// frame describes the frame that the walk is at. A payload that is malformed or cut off shows its bytes.
func (w *frameWalk) frame() trackFrame {
	f := trackFrame{Type: w.typ.String(), Stream: w.stream, Length: w.length, Flags: flagNames(w.typ, w.flags)}
	b := w.payload
	switch {
	case w.typ == http2.FrameHeaders:
		if at := paddingField(w.flags); w.flags.Has(http2.FlagHeadersPriority) && len(b) >= at+5 {
			f.Priority = trackPriorityOf(b[at:])
		}
	case w.typ == http2.FrameContinuation:
	case w.typ == http2.FrameSettings && len(b)%6 == 0:
		for ; len(b) > 0; b = b[6:] {
			f.Settings = append(f.Settings, settingText(binary.BigEndian.Uint16(b), binary.BigEndian.Uint32(b[2:])))
		}
	case w.typ == http2.FrameWindowUpdate && len(b) == 4:
		f.Increment = binary.BigEndian.Uint32(b) &^ (1 << 31)
	case w.typ == http2.FramePriority && len(b) == 5:
		f.Priority = trackPriorityOf(b)
	case w.typ == http2.FrameGoAway && len(b) >= 8:
		f.GoAway = &trackGoAway{
			LastStream: binary.BigEndian.Uint32(b) &^ (1 << 31),
			Code:       http2.ErrCode(binary.BigEndian.Uint32(b[4:])).String(), Debug: string(b[8:]),
		}
	default:
		f.Payload = base64.StdEncoding.EncodeToString(b)
	}
	return f
}

func paddingField(flags http2.Flags) int {
	if flags.Has(http2.FlagHeadersPadded) {
		return 1
	}
	return 0
}

func trackPriorityOf(b []byte) *trackPriority {
	d := binary.BigEndian.Uint32(b)
	return &trackPriority{Weight: int(b[4]) + 1, DependsOn: d &^ (1 << 31), Exclusive: int(d >> 31)}
}

// settingText writes a setting as TrackMe does.
func settingText(id uint16, value uint32) string {
	name := ""
	switch id {
	case 1, 2, 3, 4, 5, 6, 9:
		name = fingerprint.Setting{ID: id}.Name()
	default:
		name = fmt.Sprintf("UNKNOWN_SETTING_%d", id)
	}
	return fmt.Sprintf("%s = %d", name, value)
}

func flagNames(t http2.FrameType, flags http2.Flags) []string {
	var out []string
	add := func(bit http2.Flags, name string, types ...http2.FrameType) {
		for _, x := range types {
			if x == t && flags.Has(bit) {
				out = append(out, fmt.Sprintf("%s (0x%x)", name, uint8(bit)))
			}
		}
	}
	add(0x1, "EndStream", http2.FrameData, http2.FrameHeaders)
	add(0x1, "Ack", http2.FrameSettings, http2.FramePing)
	add(0x4, "EndHeaders", http2.FrameHeaders, http2.FrameContinuation, http2.FramePushPromise)
	add(0x8, "Padded", http2.FrameData, http2.FrameHeaders, http2.FramePushPromise)
	add(0x20, "Priority", http2.FrameHeaders)
	return out
}
