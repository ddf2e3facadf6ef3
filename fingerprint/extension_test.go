package fingerprint

import (
	"reflect"
	"strings"
	"testing"
)

func TestExtensionLayouts(t *testing.T) {
	hybrid := func(same bool) []byte { // 4588 and 29, as Firefox sends them, with the same X25519 key or not
		b := shares(4588, 1216, 29, 32)
		for i := len(b) - 32; i < len(b); i++ {
			b[i] = 9
		}
		if same {
			for i := 6 + 1184; i < 6+1216; i++ {
				b[i] = 9
			}
		}
		return b
	}
	kyber := shares(25497, 1216, 29, 32)
	for _, test := range []struct {
		name, reason string
		typ          ID
		body         string
		want         Extension // without its type
	}{
		{"server_name", "host name", 0, "0005 00 0002 6869", Extension{ServerName: "hi"}},
		{"server_name with two names", "not one host name", 0, "000a 00 0002 6869 00 0002 6869", Extension{Data: Hex("\x00\x0a\x00\x00\x02hi\x00\x00\x02hi")}},
		{"server_name of another kind", "type 1 is no host name", 0, "0004 01 0001 61", Extension{Data: Hex("\x00\x04\x01\x00\x01a")}},
		{"server_name with a space", "JSON must give the bytes back", 0, "0004 00 0001 20", Extension{Data: Hex("\x00\x04\x00\x00\x01 ")}},
		{"server_name *", "the wildcard of goldens cannot come from a wire", 0, "0004 00 0001 2a", Extension{Data: Hex("\x00\x04\x00\x00\x01*")}},
		{"empty server_name list", "no host name", 0, "0000", Extension{Data: Hex{0, 0}}},
		{"empty server_name", "no host name", 0, "0003 00 0000", Extension{Data: Hex{0, 3, 0, 0, 0}}},
		{"no body", "an empty body is the zero Extension", 0, "", Extension{}},
		{"supported_groups", "16-bit length", 10, "0004 2a2a 001d", Extension{List: []ID{0x2a2a, 29}}},
		{"empty supported_groups", "an empty list is kept raw", 10, "0000", Extension{Data: Hex{0, 0}}},
		{"odd supported_groups", "half an item", 10, "0003 001d 00", Extension{Data: Hex{0, 3, 0, 29, 0}}},
		{"ec_point_formats", "8-bit items", 11, "03 00 01 02", Extension{List: []ID{0, 1, 2}}},
		{"point formats with a rest", "longer than its length", 11, "01 00 01", Extension{Data: Hex{1, 0, 1}}},
		{"signature_algorithms", "16-bit length", 13, "0002 0403", Extension{List: []ID{0x0403}}},
		{"alpn", "names", 16, "0006 02 6832 02 6833", Extension{Protocols: []string{"h2", "h3"}}},
		{"alpn with an empty name", "a name may be empty in the model", 16, "0001 00", Extension{Protocols: []string{""}}},
		{"alpn of GREASE", "JSON must give the bytes back", 16, "0003 02 eaea", Extension{Data: Hex{0, 3, 2, 0xea, 0xea}}},
		{"empty alpn", "an empty list is kept raw", 16, "0000", Extension{Data: Hex{0, 0}}},
		{"application_settings", "names", 17613, "0003 02 6832", Extension{Protocols: []string{"h2"}}},
		{"old application_settings", "names", 17513, "0003 02 6832", Extension{Protocols: []string{"h2"}}},
		{"padding", "only the length", 21, "00000000", Extension{Length: 4}},
		{"compress_certificate", "8-bit length", 27, "04 0002 0001", Extension{List: []ID{2, 1}}},
		{"record_size_limit", "a number", 28, "4001", Extension{Limit: 16385}},
		{"record_size_limit 0", "zero is the absent value of the model", 28, "0000", Extension{Data: Hex{0, 0}}},
		{"record_size_limit of 3 bytes", "no 16-bit number", 28, "000001", Extension{Data: Hex{0, 0, 1}}},
		{"delegated_credential", "as signature_algorithms", 34, "0002 0403", Extension{List: []ID{0x0403}}},
		{"session_ticket", "only the length", 35, "0102", Extension{Length: 2}},
		{"empty session_ticket", "length 0", 35, "", Extension{}},
		{"supported_versions", "8-bit length", 43, "04 3a3a 0304", Extension{List: []ID{0x3a3a, 0x0304}}},
		{"psk_key_exchange_modes", "8-bit items", 45, "01 01", Extension{List: []ID{1}}},
		{"signature_algorithms_cert", "16-bit length", 50, "0002 0201", Extension{List: []ID{0x0201}}},
		{"key_share", "group and length", 51, "0009 1a1a 0001 00 001d 0000", Extension{Shares: []KeyShare{{Group: 0x1a1a, Length: 1}, {Group: 29}}}},
		{"empty key_share", "a client that asks for HelloRetryRequest", 51, "0000", Extension{Data: Hex{0, 0}}},
		{"key_share cut", "key shorter than its length", 51, "0006 001d 0020 0102", Extension{Data: Hex{0, 6, 0, 29, 0, 32, 1, 2}}},
		{"status_request", "no layout", 5, "0100000000", Extension{Data: Hex{1, 0, 0, 0, 0}}},
		{"GREASE", "no layout", 0x2a2a, "00", Extension{Data: Hex{0}}},
		{"unknown", "no layout", 4660, "0908", Extension{Data: Hex{9, 8}}},
		{"inner ech", "type 1 has another layout", 65037, "01", Extension{Data: Hex{1}}},
		{"outer ech", "suite and lengths", 65037, "00 0001 0003 4d 0001 aa 0002 bbbb", Extension{ECH: &ECH{KDF: 1, AEAD: 3, EncLength: 1, PayloadLength: 2}}},
		{"outer ech after HelloRetryRequest", "enc may be empty", 65037, "00 0001 0001 4d 0000 0002 bbbb", Extension{ECH: &ECH{KDF: 1, AEAD: 1, PayloadLength: 2}}},
		{"outer ech with a rest", "longer than it says", 65037, "00 0001 0001 4d 0000 0000 00", Extension{Data: Hex{0, 0, 1, 0, 1, 0x4d, 0, 0, 0, 0, 0}}},
		{"psk", "lengths", 41, "0010 0001 aa 00000000 0003 bbbbbb 00000000 0003 02 cccc", Extension{PSK: &PSK{Identities: []int{1, 3}, Binders: []int{2}}}},
		{"psk without binders", "not the layout", 41, "0007 0001 aa 00000000 0000", Extension{Data: Hex{0, 7, 0, 1, 0xaa, 0, 0, 0, 0, 0, 0}}},
		{"psk without identities", "not the layout", 41, "0000 0002 01 cc", Extension{Data: Hex{0, 0, 0, 2, 1, 0xcc}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := parseExtension(test.typ, unhex(t, test.body))
			test.want.Type = test.typ
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("%s:\ngot  %+v\nwant %+v", test.reason, got, test.want)
			}
			if n := len(strings.ReplaceAll(test.body, " ", "")) / 2; got.bodyLength() != n {
				t.Errorf("body length %d, want %d", got.bodyLength(), n)
			}
			checkRoundTrip(t, test.name, &got)
		})
	}
	for _, test := range []struct {
		name string
		body []byte
		want ID
	}{{"one key", hybrid(true), GroupX25519MLKEM768}, {"two keys", hybrid(false), 0}, {"Kyber", kyber, GroupX25519Kyber768}, {"alone", shares(29, 32), 0}} {
		e := parseExtension(ExtKeyShare, test.body)
		if got := e.Shares[len(e.Shares)-1].Reuses; got != test.want {
			t.Errorf("%s: the X25519 share reuses %d, want %d", test.name, got, test.want)
		}
	}
}

func TestExtensionName(t *testing.T) {
	for id, want := range map[ID]string{51: "key_share", 0x0a0a: "grease", 0xfafa: "grease", 4660: "4660", 65037: "encrypted_client_hello"} {
		if got := ExtensionName(id); got != want {
			t.Errorf("%d is %s, want %s", uint16(id), got, want)
		}
	}
	seen := map[string]ID{}
	for id, name := range extensionNames {
		if other, twice := seen[name]; twice || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_0123456789") != "" {
			t.Errorf("%q names %d and %d, or is no name for a path", name, id, other)
		}
		seen[name] = id
	}
}
