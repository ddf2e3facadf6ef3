package h2

import (
	"bytes"
	"encoding/hex"
	"io"
	"net"
	"slices"
	"testing"
	"testing/synctest"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/internal/testnet"
)

// rawFrames cuts the client's half of a connection into frames, each as hex, without what depends on the server:
// acknowledgements, and the GOAWAY at the end.
func rawFrames(t *testing.T, b []byte) (frames []string) {
	t.Helper()
	for b = b[len(fingerprint.Preface):]; len(b) > 0; {
		h, err := http2.ReadFrameHeader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		n := headerLen + int(h.Length)
		if h.Type != http2.FrameGoAway && !(h.Type == http2.FrameSettings && h.Flags.Has(http2.FlagSettingsAck)) {
			frames = append(frames, hex.EncodeToString(b[:n]))
		}
		b = b[n:]
	}
	return frames
}

// capturedRequests returns the requests of a connection with their bodies.
func capturedRequests(t *testing.T, raw []byte) (reqs []*plan.Request, updates [][]uint32) {
	t.Helper()
	p := fingerprint.NewHTTP2Parser()
	if _, err := p.Write(raw); err != nil {
		t.Fatal(err)
	}
	bodies := map[uint32][]byte{}
	for _, f := range rawFrames(t, raw) {
		b, _ := hex.DecodeString(f)
		if h, _ := http2.ReadFrameHeader(bytes.NewReader(b)); h.Type == http2.FrameData {
			bodies[h.StreamID] = append(bodies[h.StreamID], b[headerLen:]...)
		}
	}
	for _, r := range p.HTTP2().Requests {
		req := &plan.Request{Fields: r.Fields, Priority: r.Priority}
		if b := bodies[r.Stream]; !r.EndStream {
			req.Body, req.Length = io.NopCloser(bytes.NewReader(b)), int64(len(b))
		}
		reqs, updates = append(reqs, req), append(updates, r.TableSizeUpdates)
	}
	return reqs, updates
}

// TestReplay: a whole captured connection, made again request by request, has the same frames, byte for byte.
func TestReplay(t *testing.T) {
	for _, tt := range []struct {
		file string
		cfg  *Config
	}{
		{"../../golden/captures/chromium150/h2.json", chromiumConfig()},
		{"../../golden/captures/chromium156/h2.json", chromiumConfig()},
		{"../../golden/captures/firefox153/h2.json", firefoxConfig()},
	} {
		t.Run(tt.file[len("../../golden/captures/"):], func(t *testing.T) {
			raw := firstClientBytes(t, tt.file)
			want := rawFrames(t, raw)
			reqs, updates := capturedRequests(t, raw)
			var got []byte
			synctest.Test(t, func(t *testing.T) { got = replayConn(t, tt.cfg, reqs, updates) })
			frames := rawFrames(t, got)
			for i := range want {
				if i >= len(frames) || frames[i] != want[i] {
					t.Fatalf("frame %d:\ngot  %s\nwant %s", i, slices.Concat(frames, []string{"nothing"})[min(i, len(frames))], want[i])
				}
			}
			if len(reqs) < 10 || len(frames) != len(want) {
				t.Errorf("%d requests, %d frames, want %d", len(reqs), len(frames), len(want))
			}
		})
	}
}

// replayConn sends the requests one after the other and returns what was sent.
func replayConn(t *testing.T, cfg *Config, reqs []*plan.Request, updates [][]uint32) (sent []byte) {
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	go func() {
		sent, _ = io.ReadAll(theirs)
		close(done)
	}()
	c, err := New(ours, cfg)
	if err != nil {
		t.Fatal(err)
	}
	p := testnet.NewFrameWriter(theirs)
	p.Settings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 20})
	for i, req := range reqs {
		for _, v := range updates[i] { // the server's SETTINGS that the update answers
			p.Settings(http2.Setting{ID: http2.SettingHeaderTableSize, Val: v})
		}
		r := start(t.Context(), c, req)
		p.Frame(http2.FrameHeaders, http2.FlagHeadersEndHeaders|http2.FlagHeadersEndStream, c.first+uint32(2*i), []byte{0x88})
		if s := text(t, r.ok(t)); s != "" {
			t.Errorf("body %q", s)
		}
	}
	c.Close()
	<-done
	return sent
}
