package h2

import (
	"errors"
	"fmt"
	"math"
	"time"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// Config says what a connection looks like on the wire. It is read only by [New] and may be shared.
//
// The zero Config is a neutral Go client: the opening of Go's net/http (ENABLE_PUSH 0, INITIAL_WINDOW_SIZE 4 MiB,
// MAX_FRAME_SIZE 16384, MAX_HEADER_LIST_SIZE 10 MiB, connection WINDOW_UPDATE of 1 GiB), stream 1 first, the
// header compression of x/net's hpack.Encoder, DATA frames of up to 16384 bytes, windows given back by halves.
type Config struct {
	// Opening holds the frames that follow the connection preface, SETTINGS first. Nil: neutral.
	Opening []fingerprint.Frame
	// FirstStream is the id of the first stream, odd. 0: 1.
	FirstStream uint32
	// After holds the frames that follow the HEADERS of each request, in the same write; their Stream is replaced by
	// that of the request.
	After []fingerprint.Frame
	// HTTP2 names the HPACK policy ("", "chromium", "firefox") and with it the engine, and has its sizes: DataFrame
	// (0: 16384) and the refills, in bytes (0: half of the window). With "chromium", a request's exclusive priority on
	// stream 0 becomes one on the open stream that Chromium would choose; all other priorities are sent as they are.
	HTTP2 profiles.HTTP2
	// OnClose, if not nil, is called once, on a goroutine of the connection, when it has been closed: by [Conn.Close],
	// by an error, by the server, or after a GOAWAY when the last response was complete.
	OnClose func(*Conn)
	// Now is the clock, nil for [time.Now]; AfterFunc starts a timer, nil for [time.AfterFunc]. The timer finds dead
	// connections: one on which nothing was read for some time, and then nothing after a PING for some time more, ends
	// with [ErrUnresponsive]. With "chromium" the PING goes out before a request after 10 s, and has 10 s; with
	// "firefox" it goes out after 58 s, and has 8 s; else after 15 s while streams are open, and has 15 s. These
	// numbers are those of the engines' sources and preferences, not of captures.
	Now       func() time.Time
	AfterFunc func(time.Duration, func()) Timer
}

// Sizes of RFC 9113 §6.5.2 and limits of our own.
const (
	defaultWindow     = 65535
	defaultTableSize  = 4096
	minFrameSize      = 16384
	maxFrameSize      = 1<<24 - 1
	maxWindow         = math.MaxInt32
	maxStreamID       = math.MaxInt32
	maxListSize       = 1 << 20 // bytes of a header list, as RFC 9113 §6.5.2 counts, whatever a browser advertises
	maxListFields     = 4096
	defaultConcurrent = 100 // streams, until the server says how many
)

var neutralOpening = []fingerprint.Frame{
	{Type: "SETTINGS", Settings: []fingerprint.Setting{{ID: 2, Value: 0}, {ID: 4, Value: 4 << 20}, {ID: 5, Value: 16384}, {ID: 6, Value: 10 << 20}}},
	{Type: "WINDOW_UPDATE", Increment: 1 << 30},
}

// setup is a Config that has been checked, with everything worked out that the connection needs to know.
type setup struct {
	policy       *policy
	opening      []byte
	first        uint32
	after        []fingerprint.Frame
	onClose      func(*Conn)
	now          func() time.Time
	afterFunc    func(time.Duration, func()) Timer
	tableSize    uint32 // what our decoder allows
	listSize     uint32
	frameSize    uint32 // largest that the server may send
	push         bool
	settings     int // SETTINGS frames in the opening
	connWindow   int64
	streamWindow int64 // with the increments of after
	connRefill   int64
	streamRefill int64
	dataFrame    int
}

func newSetup(cfg *Config) (*setup, error) {
	p, err := policyNamed(cfg.HTTP2.HPACK)
	if err != nil {
		return nil, err
	}
	opening := cfg.Opening
	if opening == nil {
		opening = neutralOpening
	}
	st := &setup{
		policy: p, first: cfg.FirstStream, after: cfg.After, onClose: cfg.OnClose, now: cfg.Now, afterFunc: cfg.AfterFunc,
		opening: []byte(fingerprint.Preface), tableSize: defaultTableSize, listSize: maxListSize, frameSize: minFrameSize,
		push: true, connWindow: defaultWindow, streamWindow: defaultWindow, dataFrame: cfg.HTTP2.DataFrame,
	}
	if st.now == nil {
		st.now = time.Now
	}
	if st.afterFunc == nil {
		st.afterFunc = func(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }
	}
	if st.first == 0 {
		st.first = 1
	}
	if st.first%2 == 0 || st.first > maxStreamID {
		return nil, fmt.Errorf("h2: first stream %d is not a client's", st.first)
	}
	if len(opening) == 0 || opening[0].Type != "SETTINGS" {
		return nil, errors.New("h2: the opening does not start with SETTINGS")
	}
	for i := range opening {
		if err := st.open(&opening[i]); err != nil {
			return nil, err
		}
	}
	for i := range cfg.After {
		if _, err := appendFrame(nil, &cfg.After[i], st.first); err != nil {
			return nil, err
		}
		if cfg.After[i].Type == "SETTINGS" {
			return nil, errors.New("h2: SETTINGS after a request")
		}
		st.streamWindow += int64(cfg.After[i].Increment)
	}
	return st, st.windows(&cfg.HTTP2)
}

// open takes one frame of the opening.
func (st *setup) open(f *fingerprint.Frame) error {
	b, err := appendFrame(st.opening, f, f.Stream)
	if err != nil {
		return err
	}
	st.opening = b
	if f.Type == "WINDOW_UPDATE" && f.Stream == 0 {
		st.connWindow += int64(f.Increment)
	}
	if f.Type != "SETTINGS" {
		return nil
	}
	st.settings++
	for _, s := range f.Settings {
		switch http2.SettingID(s.ID) {
		case http2.SettingHeaderTableSize:
			st.tableSize = s.Value
		case http2.SettingEnablePush:
			st.push = s.Value != 0
		case http2.SettingInitialWindowSize:
			st.streamWindow = int64(s.Value)
		case http2.SettingMaxFrameSize:
			if s.Value < minFrameSize || s.Value > maxFrameSize {
				return fmt.Errorf("h2: MAX_FRAME_SIZE %d", s.Value)
			}
			st.frameSize = s.Value
		case http2.SettingMaxHeaderListSize:
			st.listSize = min(s.Value, maxListSize)
		}
	}
	return nil
}

// windows checks the receive windows and works out when they are given back.
func (st *setup) windows(h *profiles.HTTP2) error {
	if st.streamWindow < 1 || st.streamWindow > maxWindow || st.connWindow > maxWindow {
		return fmt.Errorf("h2: receive windows of %d and %d bytes", st.streamWindow, st.connWindow)
	}
	if h.DataFrame < 0 || h.StreamRefill < 0 || h.ConnectionRefill < 0 {
		return errors.New("h2: negative size")
	}
	st.streamRefill = refill(h.StreamRefill, st.streamWindow, st.policy.over)
	st.connRefill = refill(h.ConnectionRefill, st.connWindow, st.policy.over)
	if st.dataFrame == 0 || st.dataFrame > maxFrameSize {
		st.dataFrame = minFrameSize
	}
	return nil
}

// refill returns how much must have been consumed of a window before it is given back: never more than all of it, or
// the server would wait for ever.
func refill(want int, window int64, over bool) int64 {
	n := int64(want)
	if n == 0 {
		n = window / 2
	}
	if over {
		n++
	}
	return max(1, min(n, window))
}
