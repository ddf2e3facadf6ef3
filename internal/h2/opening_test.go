package h2

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// chromiumConfig and firefoxConfig are what their captures show.
func chromiumConfig() *Config {
	return &Config{
		Opening: []fingerprint.Frame{
			{Type: "SETTINGS", Settings: []fingerprint.Setting{{ID: 1, Value: 65536}, {ID: 2, Value: 0}, {ID: 4, Value: 6291456}, {ID: 6, Value: 262144}}},
			{Type: "WINDOW_UPDATE", Increment: 15663105},
		},
		HTTP2: profiles.HTTP2{HPACK: "chromium", DataFrame: 16375, ConnectionRefill: 7864320, StreamRefill: 3145728, CancelRedirects: true},
	}
}

func firefoxConfig() *Config {
	return &Config{
		Opening: []fingerprint.Frame{
			{Type: "SETTINGS", Settings: []fingerprint.Setting{{ID: 1, Value: 65536}, {ID: 2, Value: 0}, {ID: 4, Value: 131072}, {ID: 5, Value: 16384}}},
			{Type: "WINDOW_UPDATE", Increment: 12517377},
		},
		FirstStream: 3,
		After:       []fingerprint.Frame{{Type: "WINDOW_UPDATE", Increment: 12451840}},
		HTTP2:       profiles.HTTP2{HPACK: "firefox", DataFrame: 16000, ConnectionRefill: 4194304, StreamRefill: 4194305},
	}
}

// small is a configuration with small windows: 1000 bytes a stream, 65535 for the connection.
func small() *Config {
	return &Config{Opening: []fingerprint.Frame{{Type: "SETTINGS", Settings: []fingerprint.Setting{{ID: 2, Value: 0}, {ID: 4, Value: 1000}}}}}
}

// firstClientBytes returns what the first captured h2 connection of a browser sent.
func firstClientBytes(t *testing.T, file string) []byte {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Connections []fingerprint.Capture `json:"connections"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	for _, c := range doc.Connections {
		if c.ALPN == "h2" && len(c.Client) > 0 {
			return c.Client
		}
	}
	t.Fatalf("%s: no h2 connection", file)
	return nil
}

// TestOpeningAndFirstRequest: the bytes and the units of a captured connection, up to the end of its first request.
func TestOpeningAndFirstRequest(t *testing.T) {
	for _, tt := range []struct {
		file  string
		cfg   *Config
		units []int // sizes of the writes: the plain text of the TLS records in the capture, without the SETTINGS ACK
	}{
		{"../../golden/captures/chromium156/h2.json", chromiumConfig(), []int{70, 451}},
		{"../../golden/captures/firefox153/h2.json", firefoxConfig(), []int{70, 9, 305}}, // ACK first, as captured
	} {
		t.Run(tt.cfg.HTTP2.HPACK, func(t *testing.T) {
			raw := firstClientBytes(t, tt.file)
			p := fingerprint.NewHTTP2Parser()
			if _, err := p.Write(raw); err != nil {
				t.Fatal(err)
			}
			first := p.HTTP2().Requests[0]
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				sent := make(chan []byte)
				go func() {
					var all []byte
					b := make([]byte, 4096)
					for {
						n, err := theirs.Read(b)
						if all = append(all, b[:n]...); err != nil {
							sent <- all
							return
						}
					}
				}()
				rec := &recorder{Conn: ours}
				c, err := New(rec, tt.cfg)
				if err != nil {
					t.Fatal(err)
				}
				if len(first.TableSizeUpdates) > 0 { // the server's SETTINGS were there first
					theirs.Write([]byte{0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0x10, 0})
					synctest.Wait()
				}
				req := request(nil)
				req.Fields, req.Priority = first.Fields, first.Priority
				r := start(context.Background(), c, req)
				ours.Close()
				got := <-sent
				r.failed(t)
				c.Close()
				synctest.Wait()
				if !slices.Equal(rec.units, tt.units) {
					t.Errorf("writes of %d bytes, want %d", rec.units, tt.units)
				}
				if n := len(got); n < 300 || string(got) != string(raw[:n]) {
					t.Errorf("sent\n%x\nwant\n%x", got, raw[:min(n, len(raw))])
				}
			})
		})
	}
}

func TestNeutralOpening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, cfg := range []*Config{nil, {}} {
			c, p := dial(t, cfg)
			start(t.Context(), c, request(nil))
			p.Want("SETTINGS 0 2:0 4:4194304 5:16384 6:10485760", "WINDOW_UPDATE 0 1073741824", "HEADERS 1 end :method=GET :path=/")
			c.Close()
		}
	})
}

func TestAfterFramesAndPriority(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := firefoxConfig()
		cfg.Opening = append(cfg.Opening, fingerprint.Frame{Type: "PRIORITY", Stream: 3, Priority: &fingerprint.Priority{Weight: 201}})
		cfg.FirstStream = 15
		cfg.After = append(cfg.After, fingerprint.Frame{Type: "0x1f", Payload: []byte("grease")}, fingerprint.Frame{Type: "PRIORITY", Priority: &fingerprint.Priority{Weight: 1, DependsOn: 13, Exclusive: true}})
		c, p := dial(t, cfg)
		start(t.Context(), c, request(nil))
		req := request(nil)
		req.Priority = &fingerprint.Priority{Weight: 256, DependsOn: 15, Exclusive: true}
		start(t.Context(), c, req)
		p.Want("SETTINGS 0 1:65536 2:0 4:131072 5:16384", "WINDOW_UPDATE 0 12517377", "PRIORITY 3 {0 false 200 0 0}",
			"HEADERS 15 end :method=GET :path=/", "WINDOW_UPDATE 15 12451840", "UNKNOWN_FRAME_TYPE_31 15", "PRIORITY 15 {13 true 0 0 0}",
			"HEADERS 17 end :method=GET :path=/", "WINDOW_UPDATE 17 12451840", "UNKNOWN_FRAME_TYPE_31 17", "PRIORITY 17 {13 true 0 0 0}")
		if n := len(p.client.units); n != 3 {
			t.Errorf("%d writes, want 3: the opening, and one for each request with what follows it", n)
		}
	})
}

// TestDependencies: Chromium's streams form a chain; the captured page (style, script, image at once, then one after the
// other) shows it.
func TestDependencies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connect(t, chromiumConfig())
		p.Settings()
		p.Got()
		var got []string
		send := func(weight int, exclusive bool, on uint32) {
			req := request(nil)
			req.Priority = &fingerprint.Priority{Weight: weight, Exclusive: exclusive, DependsOn: on}
			start(t.Context(), c, req)
			p.Got()
			prio := p.Priority()
			got = append(got, fmt.Sprint(prio.StreamDep, prio.Weight, prio.Exclusive))
		}
		send(256, true, 0) // 1, style
		send(220, true, 0) // 3, script
		send(183, true, 0) // 5, image
		send(220, true, 0) // 7: after the script, not after the image
		send(256, true, 0) // 9
		send(183, false, 0)
		send(183, true, 1)
		p.Respond(5, "")
		p.Respond(7, "")
		send(200, true, 0)
		send(147, true, 0)
		want := []string{"0 255 true", "1 219 true", "3 182 true", "3 219 true", "1 255 true", "0 182 false", "1 182 true", "3 199 true", "13 146 true"}
		if !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	})
}

func TestConfigRefused(t *testing.T) {
	settings := func(s ...fingerprint.Setting) []fingerprint.Frame {
		return []fingerprint.Frame{{Type: "SETTINGS", Settings: s}}
	}
	for _, tt := range []struct {
		name, want string
		cfg        Config
	}{
		{"policy", `no HPACK policy "opera"`, Config{HTTP2: profiles.HTTP2{HPACK: "opera"}}},
		{"even stream", "first stream 2", Config{FirstStream: 2}},
		{"empty opening", "does not start with SETTINGS", Config{Opening: []fingerprint.Frame{}}},
		{"no settings", "does not start with SETTINGS", Config{Opening: []fingerprint.Frame{{Type: "WINDOW_UPDATE", Increment: 1}}}},
		{"request in opening", "no HEADERS frame", Config{Opening: append(settings(), fingerprint.Frame{Type: "HEADERS"})}},
		{"numbered request", "no 0x01 frame", Config{Opening: append(settings(), fingerprint.Frame{Type: "0x01"})}},
		{"unknown name", "no GREASE frame", Config{Opening: append(settings(), fingerprint.Frame{Type: "GREASE"})}},
		{"empty priority", "without priority", Config{After: []fingerprint.Frame{{Type: "PRIORITY"}}}},
		{"weight", "weight 0", Config{After: []fingerprint.Frame{{Type: "PRIORITY", Priority: &fingerprint.Priority{}}}}},
		{"settings later", "SETTINGS after a request", Config{After: settings()}},
		{"frame size", "MAX_FRAME_SIZE 1", Config{Opening: settings(fingerprint.Setting{ID: 5, Value: 1})}},
		{"no window", "receive windows", Config{Opening: settings(fingerprint.Setting{ID: 4, Value: 0})}},
		{"window", "receive windows", Config{Opening: settings(fingerprint.Setting{ID: 4, Value: 1 << 31})}},
		{"connection window", "receive windows", Config{Opening: append(settings(), fingerprint.Frame{Type: "WINDOW_UPDATE", Increment: 1<<31 - 1})}},
		{"negative", "negative size", Config{HTTP2: profiles.HTTP2{DataFrame: -1}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ours, theirs := net.Pipe()
			defer theirs.Close()
			c, err := New(ours, &tt.cfg)
			if err == nil {
				c.Close()
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want %q", err, tt.want)
			}
			if _, err := ours.Write([]byte{0}); err == nil {
				t.Error("connection left open")
			}
		})
	}
}

func TestOpeningNotWritten(t *testing.T) {
	ours, theirs := net.Pipe()
	theirs.Close()
	if c, err := New(ours, nil); err == nil || c != nil {
		t.Fatalf("%v, %v", c, err)
	}
}

var chromiumPriority = &fingerprint.Priority{Weight: 256, Exclusive: true}
