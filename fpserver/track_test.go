package fpserver

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

func TestCompatibleShapes(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, h2 := range []bool{true, false} {
		client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: h2, DisableCompression: true, TLSClientConfig: &tls.Config{RootCAs: s.CertPool()}}}
		_, all := fetch(t, client, "POST", s.URL+"/api/all", strings.NewReader("abc"), "User-Agent", "shape/1", "X-Quoted", `"a";v="b\"c"`)
		_, onlyTLS := fetch(t, client, "GET", s.URL+"/api/tls", nil)
		_, clean := fetch(t, client, "GET", s.URL+"/api/clean", nil)
		_, raw := fetch(t, client, "GET", s.URL+"/api/raw", nil)
		_, leaks := fetch(t, client, "GET", s.URL+"/json", nil, "User-Agent", "shape/1")
		client.CloseIdleConnections()
		all2 := decode[trackReport](t, all)
		conn := s.Conns()[len(s.Conns())-1]
		f, err := conn.Fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		sums := sumsOf(f)
		if all2.IP != conn.RemoteAddr.String() || all2.Method != "POST" || all2.UserAgent != "shape/1" || all2.TLS.JA4 != sums["ja4"].Hash || all2.TLS.JA4 == "" ||
			all2.TLS.JA3 != sums["ja3"].Text || all2.TLS.JA3Hash != sums["ja3"].Hash || all2.TLS.PeetPrintHash != sums["peetprint"].Hash || all2.TLS.VersionNegotiated != "772" || all2.TLS.VersionRecord != "771" {
			t.Errorf("all: %s", all)
		}
		hello := conn.Capture().Hellos[0]
		if all2.TLS.ClientRandom != hex.EncodeToString(hello[6:38]) || all2.TLS.SessionID != hex.EncodeToString(hello[39:71]) || len(all2.TLS.Extensions) != len(f.TLS.Extensions) {
			t.Errorf("hello: %+v", all2.TLS)
		}
		if got := decode[struct{ TLS *trackHello }](t, onlyTLS); got.TLS.JA4R != sums["ja4"].Text {
			t.Errorf("tls: %s", onlyTLS)
		}
		wantClean := trackCleanReport{
			JA3: sums["ja3"].Text, JA3Hash: sums["ja3"].Hash, JA4: sums["ja4"].Hash, JA4R: sums["ja4"].Text,
			PeetPrint: sums["peetprint"].Text, PeetPrintHash: sums["peetprint"].Hash, HTTPVersion: "HTTP/1.1", Akamai: "-", AkamaiHash: "-",
		}
		wantLeaks := map[string]string{
			"user_agent": "shape/1", "ja4": sums["ja4"].Hash, "ja4_r": sums["ja4"].Text, "ja4_o": sums["ja4_o"].Hash, "ja4_ro": sums["ja4_o"].Text,
			"ja3_hash": sums["ja3"].Hash, "ja3_text": sums["ja3"].Text, "ja3n_hash": sums["ja3n"].Hash, "ja3n_text": sums["ja3n"].Text, "akamai_hash": "", "akamai_text": "",
		}
		quoted := `x-quoted: "a";v="b\"c"`
		if h2 {
			wantClean.Akamai, wantClean.AkamaiHash, wantClean.HTTPVersion = sums["akamai"].Text, sums["akamai"].Hash, "h2"
			wantLeaks["akamai_hash"], wantLeaks["akamai_text"] = sums["akamai"].Hash, sums["akamai"].Text
			checkTrackFrames(t, all2.HTTP2, f, quoted)
			if all2.HTTPVersion != "h2" || all2.HTTP1 != nil || sums["akamai"].Hash == "" {
				t.Errorf("all: %s", all)
			}
		} else if all2.HTTPVersion != "HTTP/1.1" || all2.HTTP2 != nil || !slices.Contains(all2.HTTP1.Headers, "X"+strings.Replace(quoted, "x-q", "-Q", 1)) {
			t.Errorf("all: %s", all)
		}
		if got := decode[trackCleanReport](t, clean); got != wantClean {
			t.Errorf("clean: %s", clean)
		}
		if got := decode[map[string]string](t, leaks); fmt.Sprint(got) != fmt.Sprint(wantLeaks) {
			t.Errorf("leaks: %s", leaks)
		}
		if got := decode[trackRawReport](t, raw); got.Raw != hex.EncodeToString(hello) || got.RawBase64 != base64.StdEncoding.EncodeToString(hello) {
			t.Errorf("raw: %s", raw)
		}
	}
}

func checkTrackFrames(t *testing.T, h *trackHTTP2, f *fingerprint.Fingerprint, quoted string) {
	t.Helper()
	var types []string
	for _, x := range h.Frames {
		if x.Type != "SETTINGS" || len(x.Flags) == 0 { // the place of an acknowledgement depends on the server
			types = append(types, x.Type)
		}
	}
	if !slices.Equal(types, []string{"SETTINGS", "WINDOW_UPDATE", "HEADERS", "DATA"}) {
		t.Fatalf("frames %v", types)
	}
	find := func(typ string) trackFrame {
		return h.Frames[slices.IndexFunc(h.Frames, func(x trackFrame) bool { return x.Type == typ })]
	}
	if got := find("SETTINGS").Settings; got[0] != "ENABLE_PUSH = 0" || len(got) != len(f.HTTP2.Opening[0].Settings) {
		t.Errorf("settings %q", got)
	}
	if got := find("WINDOW_UPDATE"); got.Increment != f.HTTP2.Opening[1].Increment || got.Stream != 0 || got.Length != 4 {
		t.Errorf("window update %+v", got)
	}
	got := find("HEADERS")
	if got.Stream != 1 || !slices.Equal(got.Flags, []string{"EndHeaders (0x4)"}) || !slices.Equal(got.Headers, headerLines(f.HTTP2.Requests[0].Fields)) || !slices.Contains(got.Headers, quoted) {
		t.Errorf("headers %+v", got)
	}
	if got := find("DATA"); got.Stream != 1 || got.Length != 3 {
		t.Errorf("data %+v", got)
	}
}

// vectorG is a hello with GREASE in six places.
const vectorG = "010000ba0303f11f5ba5721271a50a8f1480ec2e39b3d3f610ada01e58a2deaa53927f5766610000068a8a1301c02b0100008b1a1a000000000010000e00000b6578616d706c652e636f6d000a000800062a2a001d0017000b00020100000d000800063a3a040308040010000500030268320033002b00292a2a000100001d0020" +
	"2222222222222222222222222222222222222222222222222222222222222222" + "002b0007064a4a03040303002d00020101001b0003020002fafa000100"

func TestTrackExtensions(t *testing.T) {
	t.Parallel()
	msg, err := hex.DecodeString(vectorG)
	if err != nil {
		t.Fatal(err)
	}
	h, err := fingerprint.ParseClientHello(msg)
	if err != nil {
		t.Fatal(err)
	}
	var got []map[string]any
	for i, body := range extensionBodies(msg) {
		got = append(got, trackExtension(&h.Extensions[i], body))
	}
	b, _ := json.Marshal(got)
	want := `[{"name":"TLS_GREASE (0x1a1a)"},{"name":"server_name (0)","server_name":"example.com"},` +
		`{"name":"supported_groups (10)","supported_groups":["TLS_GREASE (0x2a2a)","X25519 (29)","P-256 (23)"]},` +
		`{"elliptic_curves_point_formats":["0x00"],"name":"ec_point_formats (11)"},` +
		`{"name":"signature_algorithms (13)","signature_algorithms":["TLS_GREASE (0x3a3a)","ecdsa_secp256r1_sha256","rsa_pss_rsae_sha256"]},` +
		`{"name":"application_layer_protocol_negotiation (16)","protocols":["h2"]},` +
		`{"name":"key_share (51)","shared_keys":[{"TLS_GREASE (0x2a2a)":"00"},{"X25519 (29)":"2222222222222222222222222222222222222222222222222222222222222222"}]},` +
		`{"name":"supported_versions (43)","versions":["TLS_GREASE (0x4a4a)","TLS 1.3","TLS 1.2"]},` +
		`{"PSK_Key_Exchange_Mode":"PSK with (EC)DHE key establishment (psk_dhe_ke) (1)","name":"psk_key_exchange_modes (45)"},` +
		`{"algorithms":["brotli (2)"],"name":"compress_certificate (27)"},{"name":"TLS_GREASE (0xfafa)"}]`
	if string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
}

func TestTrackOtherExtensions(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		typ  fingerprint.ID
		body string
		want string
	}{
		{5, "\x01\x00\x00\x00\x00", `{"name":"status_request (5)","status_request":{"certificate_status_type":"OSCP (1)","request_extensions_length":0,"responder_id_list_length":0}}`},
		{5, "\x02", `{"data":"02","name":"status_request (5)"}`},
		{18, "", `{"name":"signed_certificate_timestamp (18)"}`},
		{21, "\x00\x00\x00", `{"name":"padding (21)","padding_data_length":3}`},
		{23, "", `{"extended_master_secret_data":"","master_secret_data":"","name":"extended_master_secret (23)"}`},
		{34, "\x00\x02\x04\x03", `{"name":"delegated_credentials (34)","signature_hash_algorithms":["ecdsa_secp256r1_sha256"]}`},
		{35, "ab", `{"data":"6162","name":"session_ticket (35)"}`},
		{17613, "\x00\x03\x02h2", `{"name":"application_settings (17613)","protocols":["h2"]}`},
		{17513, "\x00\x03\x02h2", `{"name":"application_settings_old (17513)","protocols":["h2"]}`},
		{65037, "\x00", `{"data":"00","name":"extensionEncryptedClientHello (boringssl) (65037)"}`},
		{65281, "\x00", `{"data":"00","name":"extensionRenegotiationInfo (boringssl) (65281)"}`},
		{30000, "\x00", `{"data":"00","name":"Unknown extension 30000"}`},
		{10, "\x00", `{"data":"00","name":"supported_groups (10)"}`},
		{10, "\x00\x02\x77\x77", `{"name":"supported_groups (10)","supported_groups":["unknown (30583)"]}`},
		{13, "\x00\x02\x09\x04", `{"name":"signature_algorithms (13)","signature_algorithms":["0x904"]}`},
		{43, "\x02\x7f\x1c", `{"name":"supported_versions (43)","versions":["0x7f1c"]}`},
	} {
		msg := append([]byte{3, 3}, make([]byte, 32)...)
		msg = append(msg, 0, 0, 2, 0x13, 1, 1, 0, 0, byte(4+len(row.body)), byte(row.typ>>8), byte(row.typ), 0, byte(len(row.body)))
		msg = append(msg, row.body...)
		msg = append([]byte{1, 0, 0, byte(len(msg))}, msg...)
		h, err := fingerprint.ParseClientHello(msg)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := json.Marshal(trackExtension(&h.Extensions[0], extensionBodies(msg)[0]))
		if string(b) != row.want {
			t.Errorf("%d: %s, want %s", row.typ, b, row.want)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ got, want string }{
		{cipherName(0x1301), "TLS_AES_128_GCM_SHA256"}, {cipherName(0xc02b), "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
		{cipherName(0x009e), "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"}, {cipherName(0x00ff), "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"}, {cipherName(0x00fe), "0x00fe"},
		{groupName(4588), "X25519MLKEM768"}, {groupName(24), "P-384"}, {groupName(9999), "9999"},
		{schemeName(0x0804), "rsa_pss_rsae_sha256"}, {schemeName(0x0904), "0x904"},
	} {
		if row.got != row.want {
			t.Errorf("got %s, want %s", row.got, row.want)
		}
	}
}
