package profiles

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

func lookup(t *testing.T, name string) *Profile {
	t.Helper()
	p, err := Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func order(h *fingerprint.ClientHello) (names []string) {
	for _, e := range h.Extensions {
		names = append(names, fingerprint.ExtensionName(e.Type))
	}
	return names
}

func TestHello(t *testing.T) {
	for _, name := range Names() {
		p := lookup(t, name)
		first := order(p.First.TLS)
		before := p.First.Leaves()
		for s, want := range map[Situation][]string{
			First:     first,
			Resumed:   append(slices.Clone(first), "pre_shared_key"),
			Resumed12: first,
			"unknown": nil,
		} {
			if s == Resumed12 && p.First.TLS.Extension(fingerprint.ExtSessionTicket) == nil {
				want = nil // it does not ask for tickets of TLS 1.2
			}
			if s == Resumed && p.First.TLS.Extension(fingerprint.ExtPSKKeyExchangeModes) == nil {
				want = nil // it takes none of TLS 1.3
			}
			h := p.Hello(s)
			if p.Browser.Engine == "firefox" && s == Resumed {
				want = slices.DeleteFunc(want, func(n string) bool { return n == "session_ticket" })
			}
			if h == nil {
				if want != nil {
					t.Errorf("%s does not know %s", name, s)
				}
				continue
			}
			if got := order(h); !slices.Equal(got, want) {
				t.Errorf("%s, %s: %q", name, s, got)
			}
			if n := h.Extension(fingerprint.ExtSessionTicket); n != nil && (n.Length > 0) != (s == Resumed12) {
				t.Errorf("%s, %s: ticket of %d bytes", name, s, n.Length)
			}
			// It belongs to the caller: what happens to it is not seen in the profile.
			h.CipherSuites[0] = 1
			for i := range h.Extensions {
				e := &h.Extensions[i]
				e.Type, e.Length = 1, 7
				if e.PSK != nil {
					e.PSK.Identities[0] = 1
				}
				if e.ECH != nil {
					e.ECH.PayloadLength = 1
				}
			}
			if again := p.Hello(s); !slices.Equal(order(again), want) || s == Resumed && again.Extension(fingerprint.ExtPreSharedKey).PSK.Identities[0] == 1 {
				t.Errorf("%s, %s: the caller's copy is that of the profile", name, s)
			}
		}
		if !slices.Equal(before, p.First.Leaves()) {
			t.Errorf("%s was modified", name)
		}
	}
}

// TestHelloTogether: edits of several situations add up, and the second hello follows from what comes before it.
func TestHelloTogether(t *testing.T) {
	p := *lookup(t, "firefox153_linux")
	p.Delta = maps.Clone(p.Delta)
	p.Delta[ForWebSocket] = edits("firefox153")
	for _, row := range []struct {
		situations []Situation
		gone       []string
		alpn       int
		shares     int
		psk        bool
	}{
		{[]Situation{First, First}, nil, 2, 3, false},
		{[]Situation{ForWebSocket}, []string{"compress_certificate"}, 1, 3, false},
		{[]Situation{Resumed, ForWebSocket}, []string{"compress_certificate", "session_ticket"}, 1, 3, true},
		{[]Situation{ForWebSocket, Resumed}, []string{"compress_certificate", "session_ticket"}, 1, 3, true},
		{[]Situation{HRR}, nil, 2, 1, false},
		{[]Situation{Resumed, HRR}, []string{"session_ticket"}, 2, 1, true},
		{[]Situation{Resumed, ForWebSocket, HRR}, []string{"compress_certificate", "session_ticket"}, 1, 1, true},
	} {
		h := p.Hello(row.situations[0], row.situations[1:]...)
		if h == nil {
			t.Errorf("%v: none", row.situations)
			continue
		}
		want := slices.DeleteFunc(order(p.First.TLS), func(n string) bool { return slices.Contains(row.gone, n) })
		if row.psk {
			want = append(want, "pre_shared_key")
		}
		shares := h.Extension(fingerprint.ExtKeyShare).Shares
		version := fingerprint.ID(0x0301)
		if slices.Contains(row.situations, HRR) {
			version = 0x0303
		}
		if !slices.Equal(order(h), want) || len(h.Extension(fingerprint.ExtALPN).Protocols) != row.alpn || len(shares) != row.shares || h.RecordVersion != version {
			t.Errorf("%v: %q, %v, record %v", row.situations, order(h), shares, h.RecordVersion)
		}
	}
	if p.Hello(Resumed, "unknown") != nil || p.Hello("unknown", HRR) != nil {
		t.Error("there is no such situation")
	}
	p.First = *p.First.Clone()
	p.First.TLS.Extension(fingerprint.ExtSupportedGroups).List = []fingerprint.ID{29, 23}
	if p.Hello(HRR) != nil {
		t.Error("it has no share of the group to send")
	}
}

func TestECHGrowth(t *testing.T) {
	firefox := lookup(t, "firefox153_linux").TLS
	for _, row := range []struct {
		tls          TLS
		length, want int
	}{
		{TLS{}, 152, 0},
		{firefox, 0, 0}, {firefox, 4, 0}, {firefox, 5, 32}, {firefox, 36, 32}, {firefox, 37, 64},
		{firefox, 152, 399 - 239}, // as captured
		{TLS{ECHBlock: 1}, 152, 152},
	} {
		if got := row.tls.ECHGrowth(row.length); got != row.want {
			t.Errorf("%+v, %d bytes: %d, want %d", row.tls, row.length, got, row.want)
		}
	}
	if n := PSKLength(&fingerprint.PSK{Identities: []int{105}, Binders: []int{32}}); n != 152 {
		t.Errorf("pre_shared_key of %d bytes", n)
	}
}

// TestDeltaRefuses edits the situations of a good profile and wants an error that names the place.
func TestDeltaRefuses(t *testing.T) {
	type object = map[string]any
	psk := object{"put": object{"type": 41, "psk": object{"identities": []int{105}, "binders": []int{32}}}}
	ticket := object{"put": object{"type": 35, "length": 123}}
	http1 := object{"put": object{"type": 16, "protocols": []string{"http/1.1"}}}
	delta := func(s string, patches ...any) func(object) {
		return func(m object) { m["delta"].(object)[s] = patches }
	}
	tls := func(t object) func(object) { return func(m object) { m["tls"] = t } }
	for _, row := range []struct {
		reason, path string
		edit         func(object)
	}{
		{"a situation that is none", "delta.second", delta("second", psk)},
		{"an empty patch", "delta.resumed[0]", delta("resumed", object{})},
		{"two edits in one", "delta.resumed[0]", delta("resumed", object{"remove": "alpn", "put": ticket["put"]})},
		{"removal of what is not there", "delta.resumed[0].remove", delta("resumed", object{"remove": "padding"})},
		{"two edits of one extension", "delta.resumed[1]", delta("resumed", object{"remove": "session_ticket"}, ticket)},
		{"a GREASE extension, of which there are two", "delta.resumed[0]", delta("resumed", object{"put": object{"type": 2570}})},
		{"no ticket in TLS 1.3", "delta.resumed", delta("resumed")},
		{"a pre_shared_key of other content", "delta.resumed", delta("resumed", object{"put": object{"type": 41, "data": "00"}})},
		{"two tickets", "delta.resumed", delta("resumed", object{"put": object{"type": 41, "psk": object{"identities": []int{1, 2}, "binders": []int{32, 32}}}})},
		{"something behind the ticket", "delta.resumed", delta("resumed", psk, object{"put": object{"type": 21}})},
		{"tickets of both kinds", "delta.resumed", delta("resumed", ticket, psk)},
		{"no ticket in TLS 1.2", "delta.resumed12", delta("resumed12")},
		{"a TLS 1.3 ticket in TLS 1.2", "delta.resumed12", delta("resumed12", ticket, psk)},
		{"no session id", "delta.resumed12", func(m object) { m["first"].(object)["tls"].(object)["session_id_length"] = 0 }},
		{"a payload that is not what the blocks give", "delta.resumed", tls(object{"ech_block": 64, "ech_slack": 4})},
		{"slack of nothing", "tls", tls(object{"ech_slack": 4})},
		{"a negative block", "tls", tls(object{"ech_block": -1})},
		{"a cookie behind nothing", "tls.cookie_after", tls(object{"cookie_after": "padding"})},
		{"a second hello with edits", "delta.hrr", delta("hrr", ticket)},
		{"a WebSocket over h2", "delta.websocket: alpn offers", delta("websocket", object{"remove": "compress_certificate"})},
		{"two protocols for a WebSocket", "delta.websocket: alpn offers", delta("websocket", object{"put": object{"type": 16, "protocols": []string{"http/1.1", "http/1.0"}}})},
		{"an edit of a WebSocket's that is another situation's, too", "delta.websocket: session_ticket is edited", delta("websocket", http1, object{"remove": "session_ticket"})},
		{"a WebSocket without evidence", "nothing is said about delta.websocket", func(m object) {
			delta("websocket", http1)(m)
			m["evidence"] = slices.DeleteFunc(m["evidence"].([]any), func(e any) bool { return e.(object)["path"] == "delta.websocket" })
		}},
		{"a WebSocket to an h2 server without hello", "tls.websocket_page", func(m object) {
			delete(m["delta"].(object), "websocket")
			m["tls"] = object{"websocket_page": true}
		}},
		{"a situation without evidence", "delta.resumed12", func(m object) {
			var kept []any
			for _, e := range m["evidence"].([]any) {
				if e.(object)["path"] != "delta.resumed12" {
					kept = append(kept, e)
				}
			}
			m["evidence"] = kept
		}},
	} {
		good, err := data.ReadFile("data/firefox153_linux.json")
		if err != nil {
			t.Fatal(err)
		}
		var m object
		if err := json.Unmarshal(good, &m); err != nil {
			t.Fatal(err)
		}
		row.edit(m)
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(b); err == nil || !strings.Contains(err.Error(), row.path) {
			t.Errorf("%s: got %v, want an error about %s", row.reason, err, row.path)
		}
	}
}
