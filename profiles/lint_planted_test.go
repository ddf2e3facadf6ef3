package profiles

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// fresh returns a copy of an embedded profile that a test may change.
func fresh(t *testing.T, name string) *Profile {
	t.Helper()
	b, err := data.ReadFile("data/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	p, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// edit changes the navigation's list of one protocol.
func edit(p *Profile, proto string, f func(l FieldList) FieldList) {
	set := p.Headers[Navigate]
	if proto == "h2" {
		set.H2 = f(set.H2)
	} else {
		set.H1 = f(set.H1)
	}
	p.Headers[Navigate] = set
}

func set(name, value string) func(l FieldList) FieldList {
	return func(l FieldList) FieldList {
		for i := range l {
			if strings.EqualFold(l[i].Name, name) {
				l[i].Value = value
				return l
			}
		}
		return append(l, fingerprint.Field{Name: name, Value: value})
	}
}

func without(name string) func(l FieldList) FieldList {
	return func(l FieldList) FieldList {
		return slices.DeleteFunc(l, func(f fingerprint.Field) bool { return strings.EqualFold(f.Name, name) })
	}
}

// replaced puts another text into all values of all lists.
func replaced(p *Profile, old, text string) {
	eachList(p.Headers, func(_ string, l FieldList) error {
		for i := range l {
			l[i].Value = strings.ReplaceAll(l[i].Value, old, text)
		}
		return nil
	})
}

func extension(p *Profile, t fingerprint.ID) *fingerprint.Extension { return p.First.TLS.Extension(t) }

// planted are defects in profiles. Rules lists what is found beside the finding that is wanted.
var planted = []struct {
	name, profile string
	plant         func(p *Profile)
	path, rule    string
	also          []string
}{
	{"headers of 150 on a hello of 131", "chrome150", func(p *Profile) {
		e := extension(p, fingerprint.ExtSignatureAlgorithms)
		e.List = slices.DeleteFunc(e.List, func(id fingerprint.ID) bool { return id>>8 == 9 })
		extension(p, fingerprint.ExtApplicationSettings).Type = fingerprint.ExtApplicationSettingsOld
	}, "first.tls.extensions.signature_algorithms[0]", "signature-algorithms", []string{"alps"}},
	{"headers of 150 in a profile of 131", "chrome150", func(p *Profile) { p.Browser.Version = "131.0.6778.86" },
		"headers.navigate.http/1.1[user-agent]", "user-agent", []string{"signature-algorithms", "alps"}},
	{"user agent of another version than the brands", "chrome150", func(p *Profile) { replaced(p, "Chrome/150.", "Chrome/131.") },
		"headers.navigate.http/1.1[sec-ch-ua]", "brands", []string{"user-agent"}},
	{"the old code point of ALPS", "chrome150", func(p *Profile) {
		extension(p, fingerprint.ExtApplicationSettings).Type = fingerprint.ExtApplicationSettingsOld
	}, "first.tls.extensions.application_settings_old", "alps", nil},
	{"Chromium without GREASE", "chrome150", func(p *Profile) { p.First.TLS.CipherSuites = p.First.TLS.CipherSuites[1:] },
		"first.tls.cipher_suites[0]", "grease", nil},
	{"Chromium without GREASE extensions", "chrome150", func(p *Profile) {
		p.First.TLS.Extensions = slices.DeleteFunc(p.First.TLS.Extensions, func(e fingerprint.Extension) bool { return e.Type.IsGREASE() })
	}, "first.tls.extensions.grease", "grease", nil},
	{"Chromium without ML-KEM", "chrome150", func(p *Profile) {
		for _, e := range []*fingerprint.Extension{extension(p, fingerprint.ExtSupportedGroups)} {
			e.List = slices.DeleteFunc(e.List, func(id fingerprint.ID) bool { return id == fingerprint.GroupX25519MLKEM768 })
		}
		e := extension(p, fingerprint.ExtKeyShare)
		e.Shares = slices.DeleteFunc(e.Shares, func(s fingerprint.KeyShare) bool { return s.Group == fingerprint.GroupX25519MLKEM768 })
	}, "first.tls.extensions.supported_groups[1]", "groups", []string{"key-shares"}},
	{"no share for ML-KEM", "chrome150", func(p *Profile) {
		e := extension(p, fingerprint.ExtKeyShare)
		e.Shares = slices.Delete(e.Shares, 1, 2)
	}, "first.tls.extensions.key_share[1].group", "key-shares", nil},
	{"h2 alone", "chrome150", func(p *Profile) { extension(p, fingerprint.ExtALPN).Protocols = []string{"h2"} }, "first.tls.extensions.alpn", "alpn", nil},
	{"one X25519 key in Chromium", "chrome150", func(p *Profile) {
		extension(p, fingerprint.ExtKeyShare).Shares[2].Reuses = fingerprint.GroupX25519MLKEM768
	}, "first.tls.extensions.key_share[2].reuses", "key-reuse", nil},
	{"two X25519 keys in Firefox", "firefox153_linux", func(p *Profile) { extension(p, fingerprint.ExtKeyShare).Shares[1].Reuses = 0 },
		"first.tls.extensions.key_share[1].reuses", "key-reuse", nil},
	{"Firefox with GREASE", "firefox153_linux", func(p *Profile) {
		p.First.TLS.CipherSuites = slices.Insert(p.First.TLS.CipherSuites, 0, fingerprint.GREASE)
	}, "first.tls.cipher_suites[0]", "grease", nil},
	{"Firefox with a GREASE extension", "firefox153_linux", func(p *Profile) {
		p.First.TLS.Extensions = append(p.First.TLS.Extensions, fingerprint.Extension{Type: fingerprint.GREASE})
	}, "first.tls.extensions.grease", "grease", nil},
	{"Firefox that shuffles", "firefox153_linux", func(p *Profile) { p.Vary.Permute = &fingerprint.Permute{} }, "vary.permute", "permutation", nil},
	{"Chromium that does not shuffle", "chrome150", func(p *Profile) { p.Vary.Permute = nil }, "vary.permute", "permutation", nil},
	{"trust anchors before their time", "chrome150", func(p *Profile) {
		p.First.TLS.Extensions = slices.Insert(p.First.TLS.Extensions, 1, fingerprint.Extension{Type: fingerprint.ExtTrustAnchors, Data: fingerprint.Hex{0, 0}})
	}, "first.tls.extensions.trust_anchors", "trust-anchors", nil},
	{"no ECH", "chrome150", func(p *Profile) {
		p.First.TLS.Extensions = slices.DeleteFunc(p.First.TLS.Extensions, func(e fingerprint.Extension) bool { return e.Type == fingerprint.ExtEncryptedClientHello })
	}, "first.tls.extensions.encrypted_client_hello", "ech", nil},
	{"an extension that Safari does not have", "safari2601", func(p *Profile) {
		p.First.TLS.Extensions = slices.Insert(p.First.TLS.Extensions, 1, fingerprint.Extension{Type: fingerprint.ExtRecordSizeLimit, Limit: 16385})
	}, "first.tls.extensions.record_size_limit", "extensions", nil},
	{"a missing extension", "chrome150", func(p *Profile) {
		p.First.TLS.Extensions = slices.DeleteFunc(p.First.TLS.Extensions, func(e fingerprint.Extension) bool { return e.Type == fingerprint.ExtSCT })
	}, "first.tls.extensions.signed_certificate_timestamp", "extensions", nil},
	{"zlib in Chromium", "chrome150", func(p *Profile) { extension(p, fingerprint.ExtCompressCertificate).List = []fingerprint.ID{1} },
		"first.tls.extensions.compress_certificate[0]", "certificate-compression", nil},
	{"TLS 1.0 in Chromium", "chrome150", func(p *Profile) {
		e := extension(p, fingerprint.ExtSupportedVersions)
		e.List = append(e.List, 770, 769)
	}, "first.tls.extensions.supported_versions[3]", "versions", nil},
	{"SETTINGS of Firefox with a hello of Chromium", "chrome150", func(p *Profile) {
		p.First.HTTP2.Opening[0].Settings = []fingerprint.Setting{{ID: 1, Value: 65536}, {ID: 2, Value: 0}, {ID: 4, Value: 131072}, {ID: 5, Value: 16384}}
	}, "first.http2.opening[0].settings[INITIAL_WINDOW_SIZE]", "settings", nil},
	{"SETTINGS of Chromium 107", "chrome150", func(p *Profile) {
		p.First.HTTP2.Opening[0].Settings = slices.Insert(p.First.HTTP2.Opening[0].Settings, 2, fingerprint.Setting{ID: 3, Value: 1000})
	}, "first.http2.opening[0].settings[MAX_CONCURRENT_STREAMS]", "settings", nil},
	{"window of Safari", "chrome150", func(p *Profile) { p.First.HTTP2.Opening[1].Increment = 10420225 }, "first.http2.opening[1].increment", "window", nil},
	{"stream 1 in Firefox", "firefox153_linux", func(p *Profile) { p.First.HTTP2.Requests[0].Stream = 1 }, "first.http2.requests[0].stream", "stream", nil},
	{"weight of Firefox in Chromium", "chrome150", func(p *Profile) {
		p.First.HTTP2.Requests[0].Priority = &fingerprint.Priority{Weight: 42}
	}, "first.http2.requests[0].priority.weight", "weight", nil},
	{"weight of a fetch with a navigation", "chrome150", func(p *Profile) {
		s := p.Headers[Navigate]
		s.Priority = &fingerprint.Priority{Weight: 220, Exclusive: true}
		p.Headers[Navigate] = s
	}, "headers.navigate.priority.weight", "weight", nil},
	{"pseudo-header fields in Firefox' order", "chrome150", func(p *Profile) {
		edit(p, "h2", func(l FieldList) FieldList { l[1], l[2], l[3] = l[3], l[1], l[2]; return l })
	}, "headers.navigate.h2[:path]", "pseudo-order", nil},
	{"HeadlessChrome in the user agent", "chrome150", func(p *Profile) { replaced(p, "Chrome/150", "HeadlessChrome/150") },
		"headers.navigate.http/1.1[user-agent]", "headless", nil},
	{"HeadlessChrome among the brands", "chrome150", func(p *Profile) { replaced(p, "Google Chrome", "HeadlessChrome") },
		"headers.navigate.http/1.1[sec-ch-ua]", "headless", nil},
	{"the full version in the user agent", "chrome150", func(p *Profile) { replaced(p, "150.0.0.0", "150.0.7871.127") },
		"headers.navigate.http/1.1[user-agent]", "user-agent", nil},
	{"the platform differs from the user agent", "chrome150", func(p *Profile) { edit(p, "h2", set("sec-ch-ua-platform", `"Windows"`)) },
		"headers.navigate.h2[sec-ch-ua-platform]", "platform", nil},
	{"the user agent differs from the profile's system", "chrome150", func(p *Profile) {
		p.Browser.OS = "Windows"
		replaced(p, `"macOS"`, `"Windows"`)
	}, "headers.navigate.http/1.1[user-agent]", "user-agent", []string{"platform"}},
	{"GREASE brand of another version", "chrome150", func(p *Profile) { replaced(p, "Not;A=Brand", "Not_A Brand") },
		"headers.navigate.http/1.1[sec-ch-ua]", "brands", nil},
	{"order of the brands of another version", "chrome150", func(p *Profile) {
		edit(p, "h2", set("sec-ch-ua", `"Chromium";v="150", "Google Chrome";v="150", "Not;A=Brand";v="8"`))
	}, "headers.navigate.h2[sec-ch-ua]", "brands", nil},
	{"Edge's brand in Chrome", "chrome150", func(p *Profile) { replaced(p, "Google Chrome", "Microsoft Edge") },
		"headers.navigate.http/1.1[sec-ch-ua]", "brands", nil},
	{"mobile on a desktop", "chrome150", func(p *Profile) { edit(p, "h2", set("sec-ch-ua-mobile", "?1")) }, "headers.navigate.h2[sec-ch-ua-mobile]", "mobile", nil},
	{"Safari with client hints", "safari2601", func(p *Profile) { edit(p, "h2", set("sec-ch-ua", Brands("Google Chrome", 150))) },
		"headers.navigate.h2[sec-ch-ua]", "client-hints", nil},
	{"Firefox with client hints", "firefox153_linux", func(p *Profile) { edit(p, "http/1.1", set("sec-ch-ua-mobile", "?0")) },
		"headers.navigate.http/1.1[sec-ch-ua-mobile]", "client-hints", nil},
	{"Chromium without client hints", "chrome150", func(p *Profile) { edit(p, "h2", without("sec-ch-ua")) }, "headers.navigate.h2[sec-ch-ua]", "missing", nil},
	{"fields of a fetch on a navigation", "chrome150", func(p *Profile) {
		edit(p, "h2", set("sec-fetch-mode", "cors"))
		edit(p, "h2", set("sec-fetch-dest", "empty"))
		edit(p, "h2", set("accept", "*/*"))
	}, "headers.navigate.h2[sec-fetch-mode]", "fetch-metadata", []string{"fetch-metadata", "accept"}},
	{"a navigation's Sec-Fetch-User missing", "chrome150", func(p *Profile) { edit(p, "h2", without("sec-fetch-user")) },
		"headers.navigate.h2[sec-fetch-user]", "fetch-user", nil},
	{"Safari with Sec-Fetch-User", "safari2601", func(p *Profile) { edit(p, "h2", set("sec-fetch-user", "?1")) }, "headers.navigate.h2[sec-fetch-user]", "fetch-user", nil},
	{"a site that is none", "chrome150", func(p *Profile) { edit(p, "h2", set("sec-fetch-site", "nowhere")) }, "headers.navigate.h2[sec-fetch-site]", "fetch-site", nil},
	{"a referer although nothing referred", "chrome150", func(p *Profile) { edit(p, "h2", set("referer", "https://example.org/")) },
		"headers.navigate.h2[referer]", "fetch-site", nil},
	{"no Upgrade-Insecure-Requests", "firefox153_linux", func(p *Profile) { edit(p, "h2", without("upgrade-insecure-requests")) },
		"headers.navigate.h2[upgrade-insecure-requests]", "upgrade-insecure-requests", nil},
	{"no zstd", "chrome150", func(p *Profile) { edit(p, "h2", set("accept-encoding", "gzip, deflate, br")) },
		"headers.navigate.h2[accept-encoding]", "accept-encoding", nil},
	{"accept of another version", "chrome150", func(p *Profile) { edit(p, "h2", set("accept", chromiumAccept+"9")) }, "headers.navigate.h2[accept]", "accept", nil},
	{"no priority", "chrome150", func(p *Profile) { edit(p, "h2", without("priority")) }, "headers.navigate.h2[priority]", "priority", nil},
	{"priority over HTTP/1.1 in Chromium", "chrome150", func(p *Profile) { edit(p, "http/1.1", set("Priority", "u=0, i")) },
		"headers.navigate.http/1.1[priority]", "priority", nil},
	{"priority of a script with a navigation", "firefox153_linux", func(p *Profile) { edit(p, "h2", set("priority", "u=2")) },
		"headers.navigate.h2[priority]", "priority", nil},
	{"te in Chromium", "chrome150", func(p *Profile) { edit(p, "h2", set("te", "trailers")) }, "headers.navigate.h2[te]", "te", nil},
	{"no te in Firefox", "firefox153_linux", func(p *Profile) { edit(p, "h2", without("te")) }, "headers.navigate.h2[te]", "te", nil},
	{"te over HTTP/1.1", "firefox153_linux", func(p *Profile) { edit(p, "http/1.1", set("TE", "trailers")) }, "headers.navigate.http/1.1[te]", "te", nil},
	{"Host last", "chrome150", func(p *Profile) {
		edit(p, "http/1.1", func(l FieldList) FieldList { return append(slices.Clone(l[1:]), l[0]) })
	}, "headers.navigate.http/1.1[host]", "host-first", []string{"header-order"}},
	{"names in lower case over HTTP/1.1", "firefox153_linux", func(p *Profile) {
		edit(p, "http/1.1", func(l FieldList) FieldList {
			for i := range l {
				l[i].Name = strings.ToLower(l[i].Name)
			}
			return l
		})
	}, "headers.navigate.http/1.1[user-agent]", "case", []string{"case"}},
	{"client hints in title case", "chrome150", func(p *Profile) {
		edit(p, "http/1.1", func(l FieldList) FieldList {
			l[slices.IndexFunc(l, func(f fingerprint.Field) bool { return f.Name == "sec-ch-ua" })].Name = "Sec-Ch-Ua"
			return l
		})
	}, "headers.navigate.http/1.1[sec-ch-ua]", "case", nil},
	{"a field twice", "chrome150", func(p *Profile) {
		edit(p, "h2", func(l FieldList) FieldList { return append(l, fingerprint.Field{Name: "priority", Value: "u=0, i"}) })
	}, "headers.navigate.h2[priority]", "duplicate", nil},
	{"connection in HTTP/2", "chrome150", func(p *Profile) { edit(p, "h2", set("connection", "keep-alive")) },
		"headers.navigate.h2[connection]", "connection-field", []string{"header-order"}},
	{"no Connection in HTTP/1.1", "firefox153_linux", func(p *Profile) { edit(p, "http/1.1", without("connection")) },
		"headers.navigate.http/1.1[connection]", "missing", nil},
	{"fields in another order", "chrome150", func(p *Profile) {
		edit(p, "h2", func(l FieldList) FieldList { slices.Reverse(l[len(l)-9 : len(l)-6]); return l })
	}, "headers.navigate.h2[sec-fetch-user]", "header-order", nil},
	{"fields of Safari 17 in 26", "safari2601", func(p *Profile) {
		edit(p, "h2", func(l FieldList) FieldList {
			return append(slices.Delete(l, 4, 5), fingerprint.Field{Name: "sec-fetch-dest", Value: "document"})
		})
	}, "headers.navigate.h2[sec-fetch-dest]", "header-order", nil},
}

func TestLintPlanted(t *testing.T) {
	t.Parallel()
	for _, c := range planted {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := fresh(t, c.profile)
			c.plant(p)
			named := false
			for _, f := range Lint(p) {
				switch {
				case f.Path == c.path && f.Rule == c.rule:
					named = true
				case f.Rule != c.rule && !slices.Contains(c.also, f.Rule), f.Message == "":
					t.Errorf("also found: %s", f)
				}
			}
			if !named {
				t.Errorf("no finding %s [%s] in %v", c.path, c.rule, Lint(p))
			}
		})
	}
	if len(planted) < 20 {
		t.Errorf("%d defects", len(planted))
	}
}

// TestLintCountsLists: what is wrong in every list of a profile is one finding.
func TestLintCountsLists(t *testing.T) {
	t.Parallel()
	p := fresh(t, "chrome150")
	replaced(p, "Not;A=Brand", "Not_A Brand")
	n := -1
	eachList(p.Headers, func(_ string, l FieldList) error {
		for _, f := range l {
			if strings.Contains(f.Value, "Not_A Brand") {
				n++
			}
		}
		return nil
	})
	found := Lint(p)
	if len(found) != 1 || n < 20 || !strings.HasSuffix(found[0].Message, fmt.Sprintf("; so in %d other lists", n)) {
		t.Errorf("%v", found)
	}
}
