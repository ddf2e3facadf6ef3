package fingerprint

import (
	"errors"
	"strings"
	"testing"
)

// testParseAkamai: what the text tells comes back from the model.
func testParseAkamai(t *testing.T) {
	for _, row := range []struct{ name, text, back string }{
		{"Chrome", "1:65536;2:0;4:6291456;6:262144|15663105|0|m,a,s,p", ""},
		{"commas, as old lists have it", "1:65536,2:0,4:6291456|15663105|0|m,a,s,p", "1:65536;2:0;4:6291456|15663105|0|m,a,s,p"},
		{"letters without commas", "2:0|00|0|masp", "2:0|00|0|m,a,s,p"},
		{"priorities of old Firefox", "1:65536;4:131072;5:16384|12517377|3:0:0:201,5:0:0:101,7:0:0:1,9:0:7:1,11:0:3:1,13:0:0:241|m,p,a,s", ""},
		{"an exclusive one", "|00|3:1:0:256|m,a,s,p", ""},
		{"no window update", "3:100;4:65535|0|0|m,s,p,a", "3:100;4:65535|00|0|m,s,p,a"},
		{"unknown settings, of two digits, and more than eight", "10794:7;99:1;1:1;3:1;6:1;8:1;9:1;12:1;13:4294967295|00|0|m,a,s,p", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			h, err := ParseAkamai(row.text)
			if err != nil {
				t.Fatal(err)
			}
			want := row.back
			if want == "" {
				want = row.text
			}
			if got, _, err := Akamai(h); got != want || err != nil {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

// testParseAkamaiRefuses: every error is a *ParseError that names the place.
func testParseAkamaiRefuses(t *testing.T) {
	for _, row := range []struct {
		reason, text, field string
		position            int
		value               string
	}{
		{"three fields", "1:1|0|0", "", 0, "1:1|0|0"},
		{"five fields", "1:1|0|0|m,a,s,p|", "", 0, "1:1|0|0|m,a,s,p|"},
		{"no value", "1:1;2|0|0|masp", "settings", 4, "2"},
		{"an empty value", "1:|0|0|masp", "settings", 2, ""},
		{"both separators", "1:1;2:0,3:1|0|0|masp", "settings", 6, "0,3:1"},
		{"a setting twice", "1:1;1:2|0|0|masp", "settings", 4, "1:2"},
		{"setting 0", "0:1|0|0|masp", "settings", 0, "0:1"},
		{"push is a flag", "2:2|0|0|masp", "settings", 0, "2:2"},
		{"a window of 2³¹", "4:2147483648|0|0|masp", "settings", 0, "4:2147483648"},
		{"a frame size that is too small", "5:16383|0|0|masp", "settings", 0, "5:16383"},
		{"a value of more than 32 bits", "1:4294967296|0|0|masp", "settings", 2, "4294967296"},
		{"an increment that bursts the window", "1:1|2147418113|0|masp", "window update", 4, "2147418113"},
		{"no increment", "1:1||0|masp", "window update", 4, ""},
		{"a negative increment", "1:1|-1|0|masp", "window update", 4, "-1"},
		{"three parts of a priority", "1:1|00|3:0:0|masp", "priorities", 7, "3:0:0"},
		{"no priorities", "1:1|00||masp", "priorities", 7, ""},
		{"exclusive is a flag", "1:1|00|3:2:0:1|masp", "priorities", 9, "2"},
		{"weight 0", "1:1|00|3:0:0:0|masp", "priorities", 7, "3:0:0:0"},
		{"weight 257", "1:1|00|3:0:0:257|masp", "priorities", 13, "257"},
		{"stream 0", "1:1|00|0:0:0:1|masp", "priorities", 7, "0:0:0:1"},
		{"a stream that depends on itself", "1:1|00|3:0:0:1,5:0:5:1|masp", "priorities", 15, "5:0:5:1"},
		{"a letter missing", "1:1|00|0|mas", "pseudo-header order", 9, "mas"},
		{"a letter twice", "1:1|00|0|m,a,s,m", "pseudo-header order", 9, "m,a,s,m"},
		{"another letter", "1:1|00|0|masx", "pseudo-header order", 9, "masx"},
		{"a comma too many", "1:1|00|0|m,a,s,p,", "pseudo-header order", 9, "m,a,s,p,"},
		{"some commas", "1:1|00|0|ma,sp", "pseudo-header order", 9, "ma,sp"},
	} {
		t.Run(row.reason, func(t *testing.T) {
			_, err := ParseAkamai(row.text)
			var e *ParseError
			if !errors.As(err, &e) {
				t.Fatalf("%T %v", err, err)
			}
			if e.Format != "akamai" || e.Field != row.field || e.Position != row.position || e.Value != row.value || e.Reason == "" {
				t.Errorf("%+v", e)
			}
		})
	}
	for _, text := range []string{
		strings.Repeat("1", 1<<20), strings.Repeat("3:0:0:1,", 70) + "3:0:0:1",
	} {
		if _, err := ParseAkamai("|00|" + text + "|masp"); err == nil || len(err.Error()) > 300 {
			t.Errorf("a long text: %v", err)
		}
	}
}

// FuzzParseAkamai: no panic, and what is accepted comes back as the same text.
func FuzzParseAkamai(f *testing.F) {
	for _, s := range []string{
		"1:65536;2:0;4:6291456;6:262144|15663105|0|m,a,s,p", "2:0;3:100;4:2097152;9:1|10420225|0|m,s,a,p", "1:65536,2:0|00|0|masp",
		"1:65536;4:131072;5:16384|12517377|3:0:0:201,5:0:0:101,7:0:0:1,9:0:7:1,11:0:3:1,13:0:0:241|m,p,a,s", "|0|0|mpas",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h, err := ParseAkamai(text)
		if err != nil {
			e := err.(*ParseError)
			if e.Position < 0 || e.Position > len(text) || !strings.HasPrefix(text[e.Position:], e.Value) {
				t.Fatalf("%+v is not in %q", e, text)
			}
			return
		}
		once, _, err := Akamai(h)
		if err != nil {
			t.Fatal(err)
		}
		h, err = ParseAkamai(once)
		if err != nil {
			t.Fatalf("%q, of %q: %v", once, text, err)
		}
		if twice, _, _ := Akamai(h); twice != once {
			t.Fatalf("%q becomes %q", once, twice)
		}
	})
}

// testParseNames: names of the registries and of OpenSSL and BoringSSL, versions too.
func testParseNames(t *testing.T) {
	list, err := ParseSignatureAlgorithms("ECDSA_secp256r1_sha256:rsa_pss_rsae_sha256,grease,mldsa44")
	if err != nil || len(list) != 4 || list[0] != 0x0403 || list[1] != 0x0804 || list[2] != GREASE || list[3] != 0x0904 {
		t.Errorf("%v %v", list, err)
	}
	for _, row := range []struct {
		text string
		at   int
	}{{"ecdsa_secp256r1_sha256,rsa", 23}, {"rsa_pkcs1_sha256,", 17}, {",rsa_pkcs1_sha256", 0}, {strings.Repeat("ed25519:", 64) + "ed25519", 512}, {strings.Repeat("x", 9000), 0}} {
		_, err := ParseSignatureAlgorithms(row.text)
		if e := (*ParseError)(nil); !errors.As(err, &e) || e.Position != row.at || len(e.Value) > 80 {
			t.Errorf("%.40q: %v", row.text, err)
		}
	}
	if list, err := ParseCertificateCompression("zlib,Brotli:zstd"); err != nil || len(list) != 3 || list[1] != 2 {
		t.Errorf("%v %v", list, err)
	}
	if list, err := ParseGroups("X25519Kyber768:x25519mlkem768,P-256"); err != nil || len(list) != 3 || list[0] != 25497 || list[1] != 4588 || list[2] != 23 {
		t.Errorf("%v %v", list, err)
	}
	if list, err := ParseCipherSuites("TLS_AES_128_GCM_SHA256,ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA,DES-CBC3-SHA,ECDHE-ECDSA-CHACHA20-POLY1305"); err != nil || len(list) != 5 ||
		list[1] != 0xc02f || list[2] != 0x2f || list[3] != 0x0a || list[4] != 0xcca9 {
		t.Errorf("%04x %v", list, err)
	}
	if list, err := ParseSignatureAlgorithms(""); err != nil || list == nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
	for text, want := range map[string]ID{"1": 769, "1.0": 769, "1.1": 770, "tlsv1_2": 771, "TLSv1.3": 772, "tls 1.2": 771} {
		if got, err := ParseTLSVersion(text); got != want || err != nil {
			t.Errorf("%s: %d %v", text, got, err)
		}
	}
	for _, text := range []string{"", "1.4", "ssl3", "2"} {
		if e := (*ParseError)(nil); !errors.As(func() error { _, err := ParseTLSVersion(text); return err }(), &e) {
			t.Errorf("%q is accepted", text)
		}
	}
}
