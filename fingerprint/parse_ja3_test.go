package fingerprint

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const okhttp = "771,4865-4866-4867-49195-49196-52393-49199-49200-52392-49171-49172-156-157-47-53,0-23-65281-10-11-35-16-5-13-51-45-43,29-23-24,0"

// testParseJA3: what JA3 tells comes back from the model.
func testParseJA3(t *testing.T) {
	for _, row := range []struct{ name, text, back string }{
		{"okhttp", okhttp, ""},
		{"Chrome 135", "771,4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-53,0-27-18-16-11-13-17613-5-43-10-51-65281-45-65037-35-23,4588-29-23-24,0", ""},
		{"padding last", "771,4865,10-13-51-43-21,29,", ""},
		{"padding in front of pre_shared_key", "771,4865,10-13-51-43-45-21-41,29,", ""},
		{"the groups of FP-09", "771,47,10,19-21-23-24-25-29-256-257-4588-25497,", ""},
		{"TLS 1.2 and older", "769,47-53-5-10-49161-49162-49171-49172,0-10-11,23-24-25,0", ""},
		{"no extensions", "771,47,,,", ""},
		{"formats beside 0", "771,47,10-11,23,0-1-2", ""},
		{"an empty list of formats", "771,47,10-11,23,", "771,47,10-11,23,0"},
		{"what other clients have", "771,47,0-22-49-1,,", ""},
		{"GREASE of old tools", "771,2570-4865,6682-10-13-51-43-14906,14906-29,", "771,4865,10-13-51-43,29,"},
	} {
		t.Run(row.name, func(t *testing.T) {
			h, err := ParseJA3(row.text)
			if err != nil {
				t.Fatal(err)
			}
			want := row.back
			if want == "" {
				want = row.text
			}
			if got, _, err := JA3(h); got != want || err != nil {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	h, err := ParseJA3("771,2570-4865,6682-10-13-51-43-14906,14906-29,")
	if err != nil || h.CipherSuites[0] != GREASE || !slices.Equal(h.Extensions[1].List, []ID{GREASE, 29}) || h.Extensions[5].Type != GREASE {
		t.Errorf("GREASE is not in its places: %+v, %v", h, err)
	}
}

// testParseJA3Refuses: every error is a *ParseError that names the place.
func testParseJA3Refuses(t *testing.T) {
	for _, row := range []struct {
		reason, text, field string
		position            int
		value               string
	}{
		{"four fields", "771,47,0,23", "", 0, "771,47,0,23"},
		{"six fields", "771,47,0,,,", "", 0, "771,47,0,,,"},
		{"nothing", "", "", 0, ""},
		{"a version of SSL", "768,47,,,", "version", 0, "768"},
		{"TLS 1.3 is no version of a hello", "772,47,,,", "version", 0, "772"},
		{"no number", "x,47,,,", "version", 0, "x"},
		{"no cipher suite", "771,,,,", "ciphers", 4, ""},
		{"an unknown cipher suite", "771,47-64000,,,", "ciphers", 7, "64000"},
		{"a number of more than 16 bits", "771,65536,,,", "ciphers", 4, "65536"},
		{"a leading zero", "771,047,,,", "ciphers", 4, "047"},
		{"a dash too many", "771,47-,,,", "ciphers", 7, ""},
		{"a blank", "771,47, 0,,", "extensions", 7, " 0"},
		{"a cipher suite twice", "771,47-53-47,,,", "ciphers", 10, "47"},
		{"an extension twice", "771,47,35-0-35,,", "extensions", 12, "35"},
		{"an unknown extension", "771,47,0-30583,,", "extensions", 9, "30583"},
		{"early_data", "771,47,0-42,,", "extensions", 9, "42"},
		{"cookie", "771,47,44,,", "extensions", 7, "44"},
		{"QUIC", "771,47,57,,", "extensions", 7, "57"},
		{"43 without 51", "771,4865,10-13-43,29,", "extensions", 15, "43"},
		{"43 without 13", "771,4865,10-51-43,29,", "extensions", 15, "43"},
		{"43 with an old version", "770,4865,10-13-51-43,29,", "extensions", 18, "43"},
		{"41 is not last", "771,4865,41-45,,", "extensions", 9, "41"},
		{"41 without 45", "771,4865,41,,", "extensions", 9, "41"},
		{"padding is not last", "771,4865,21-0,,", "extensions", 9, "21"},
		{"application settings without ALPN", "771,4865,17613,,", "extensions", 9, "17613"},
		{"groups without 10", "771,47,0,29,", "groups", 9, "29"},
		{"10 without groups", "771,47,10,,", "groups", 10, ""},
		{"51 without 10", "771,47,51,,", "groups", 10, ""},
		{"an unknown group", "771,47,10,29-9999,", "groups", 13, "9999"},
		{"formats without 11", "771,47,10,29,0", "formats", 13, "0"},
		{"an unknown format", "771,47,10-11,29,0-3", "formats", 18, "3"},
		{"formats without 0", "771,47,10-11,29,1-2", "formats", 16, "1"},
	} {
		t.Run(row.reason, func(t *testing.T) {
			_, err := ParseJA3(row.text)
			var e *ParseError
			if !errors.As(err, &e) {
				t.Fatalf("%T %v", err, err)
			}
			if e.Format != "ja3" || e.Field != row.field || e.Position != row.position || e.Value != row.value || e.Reason == "" {
				t.Errorf("%+v", e)
			}
		})
	}
	if _, err := ParseJA3(strings.Repeat("1", 1<<20)); err == nil || len(err.Error()) > 300 {
		t.Errorf("a long text: %v", err)
	}
}

// FuzzParseJA3: no panic, and what is accepted comes back as the same JA3.
func FuzzParseJA3(f *testing.F) {
	for _, s := range []string{
		okhttp, "771,47,,,", "769,47-53,0-10-11,23-24-25,0", "771,2570-4865,6682-10-13-51-43-14906,14906-29,", "771,4865,10-13-51-43-45-21-41,29,",
		"771,4865-4867-4866-49195-49199-52393-52392-49196-49200-49162-49161-49171-49172-156-157-47-53,0-23-65281-10-11-35-16-5-34-18-51-43-13-45-28-27-65037,4588-29-23-24-25-256-257,0",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h, err := ParseJA3(text)
		if err != nil {
			e := err.(*ParseError)
			if e.Position < 0 || e.Position > len(text) || !strings.HasPrefix(text[e.Position:], e.Value) {
				t.Fatalf("%+v is not in %q", e, text)
			}
			return
		}
		once, _, err := JA3(h)
		if err != nil {
			t.Fatal(err)
		}
		h, err = ParseJA3(once)
		if err != nil {
			t.Fatalf("%q, of %q: %v", once, text, err)
		}
		if twice, _, _ := JA3(h); twice != once {
			t.Fatalf("%q becomes %q", once, twice)
		}
	})
}
