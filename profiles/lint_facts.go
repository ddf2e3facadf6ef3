package profiles

import (
	"fmt"
	"slices"
	"strings"
)

// fact is what the recorded versions of an engine have in one place of the wire.
type fact struct {
	engine, place string
	// only restricts the row to one trait of an agent (see agent.has). Rows for a system or a browser hide those for
	// builds with or without brand, and these hide rows for all.
	only string
	// from and to are the first and the last recorded version that have it, minor versions in hundredths: 18.04 is 18.4.
	// A version in between two rows, which nobody has recorded, may have what either has; one after the last row has what
	// that has; one before the first is not judged.
	from, to float64
	// want is the value; " | " separates what recordings of one version differ in.
	want string
}

// absent is the value of what is not there.
const absent = "none"

const (
	chromiumSuites = "GREASE 4865 4866 4867 49195 49199 49196 49200 52393 52392 49171 49172 156 157 47 53"
	chromiumAccept = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0."
	jxlAccept      = "text/html,application/xhtml+xml,application/xml;q=0.9,image/jxl,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
	edgeAccept     = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0."
	otherAccept    = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	chromiumSigs   = "1027 2052 1025 1283 2053 1281 2054 1537"
	mldsa          = "2308 2309 2310 "
	withoutZstd    = "gzip, deflate, br"
	withZstd       = "gzip, deflate, br, zstd"
	safariOld      = "GREASE 4865 4866 4867 49196 49195 52393 49200 49199 52392 49162 49161 49172 49171 157 156 53 47 49160 49170 10"
	safariNew      = "GREASE 4866 4867 4865 49196 49195 52393 49200 49199 52392 49162 49161 49172 49171 157 156 53 47 49160 49170 10"
)

// facts are those of the captures of Chromium 92 to 156 and of Firefox 140, 153 and 159 (golden/captures), of the
// published signatures and, where neither exists, of the reference library's recordings. A row "branded" is Google's and
// Microsoft's build, which field trials reach; "plain" is a Chromium without brand and a headless_shell, which show the
// engine's default.
var facts = []fact{
	{"chromium", "suites", "", 92, 156, chromiumSuites},
	{"chromium", "groups", "", 92, 123, "GREASE 29 23 24"},
	{"chromium", "groups", "", 124, 126, "GREASE 25497 29 23 24"},
	{"chromium", "groups", "", 131, 156, "GREASE 4588 29 23 24"},
	{"chromium", "groups", "android", 99, 99, "GREASE 29 23 24"}, // the signature of 131 has no ML-KEM, its other JA4 does
	{"chromium", "groups", "android", 131, 131, "GREASE 29 23 24 | GREASE 4588 29 23 24"},
	{"chromium", "shares", "", 92, 123, "GREASE 29"},
	{"chromium", "shares", "", 124, 126, "GREASE 25497 29"},
	{"chromium", "shares", "", 131, 156, "GREASE 4588 29"},
	{"chromium", "shares", "android", 99, 99, "GREASE 29"},
	{"chromium", "shares", "android", 131, 131, "GREASE 29 | GREASE 4588 29"},
	{"chromium", "schemes", "", 92, 149, chromiumSigs},
	{"chromium", "schemes", "", 150, 151, mldsa + chromiumSigs},
	{"chromium", "schemes", "", 152, 156, "GREASE " + mldsa + chromiumSigs}, // the reference library has no GREASE there
	{"chromium", "versions", "", 92, 92, "GREASE 772 771 770 769"},
	{"chromium", "versions", "", 99, 156, "GREASE 772 771"},
	{"chromium", "certificates", "", 92, 156, "2"},
	{"chromium", "extensions", "", 92, 156, "0 5 10 11 13 16 18 23 27 35 43 45 51 65281"},
	{"chromium", "alps", "branded", 92, 131, "17513"},
	{"chromium", "alps", "branded", 133, 156, "17613"},
	{"chromium", "alps", "plain", 92, 133, "17513"},
	{"chromium", "alps", "plain", 137, 156, "17613"},
	{"chromium", "ech", "", 92, 118, absent},
	{"chromium", "ech", "", 119, 156, "65037"},
	{"chromium", "anchors", "branded", 92, 151, absent},
	{"chromium", "anchors", "branded", 152, 156, "51764"},
	{"chromium", "anchors", "plain", 92, 153, absent},
	{"chromium", "anchors", "plain", 156, 156, "51764"},
	{"chromium", "anchors", "android", 92, 151, absent},
	{"chromium", "anchors", "android", 152, 156, absent + " | 51764"}, // nobody has recorded one
	{"chromium", "permutation", "branded", 92, 107, absent},
	{"chromium", "permutation", "branded", 110, 156, "permuted"},
	{"chromium", "permutation", "plain", 92, 107, absent},
	{"chromium", "permutation", "plain", 116, 156, "permuted"},
	{"chromium", "settings", "", 92, 104, "1:65536 3:1000 4:6291456 6:262144"},
	{"chromium", "settings", "", 107, 116, "1:65536 2:0 3:1000 4:6291456 6:262144"},
	{"chromium", "settings", "", 119, 156, "1:65536 2:0 4:6291456 6:262144"},
	{"chromium", "window", "", 92, 156, "15663105"},
	{"chromium", "pseudo", "", 92, 156, ":method :authority :scheme :path"},
	{"chromium", "weight", "", 92, 156, "256 exclusive"},
	{"chromium", "stream", "", 92, 156, "1"},
	{"chromium", "priority", "", 92, 123, absent},
	{"chromium", "priority", "", 124, 156, "present"},
	{"chromium", "encodings", "branded", 92, 120, withoutZstd},
	{"chromium", "encodings", "branded", 123, 156, withZstd},
	{"chromium", "encodings", "plain", 92, 123, withoutZstd},
	{"chromium", "encodings", "plain", 126, 156, withZstd},
	{"chromium", "accept", "branded", 92, 107, chromiumAccept + "9"},
	{"chromium", "accept", "branded", 110, 152, chromiumAccept + "7"},
	{"chromium", "accept", "branded", 156, 156, chromiumAccept + "7 | " + jxlAccept}, // image/jxl: recorded without brand
	{"chromium", "accept", "plain", 92, 110, chromiumAccept + "9"},
	{"chromium", "accept", "plain", 116, 153, chromiumAccept + "7"},
	{"chromium", "accept", "plain", 156, 156, jxlAccept},
	{"chromium", "accept", "edge", 98, 101, edgeAccept + "9"},
	{"chromium", "accept", "edge", 118, 120, edgeAccept + "7"},
	{"chromium", "accept", "edge", 121, 156, edgeAccept + "7 | " + chromiumAccept + "7 | " + jxlAccept}, // nobody has recorded one

	{"firefox", "suites", "", 133, 147, "4865 4867 4866 49195 49199 52393 52392 49196 49200 49162 49161 49171 49172 156 157 47 53"},
	{"firefox", "suites", "", 153, 153, "4865 4867 4866 49195 49199 52393 52392 49196 49200 49162 49171 49172 156 157 47 53"},
	{"firefox", "suites", "", 154, 159, "4865 4867 4866 49195 49199 52393 52392 49196 49200 49171 49172 156 157 47 53"},
	{"firefox", "suites", "tor", 128, 128, "4865 4867 4866 49195 49199 52393 52392 49196 49200 49171 49172 156 157 47 53"},
	{"firefox", "groups", "", 133, 155, "4588 29 23 24 25 256 257"},
	{"firefox", "groups", "", 159, 159, "4588 29 23 24 25"},
	{"firefox", "groups", "tor", 128, 128, "29 23 24 25 256 257"},
	{"firefox", "shares", "", 133, 159, "4588 29 23"},
	{"firefox", "shares", "tor", 128, 128, "29 23"},
	{"firefox", "schemes", "", 128, 159, "1027 1283 1539 2052 2053 2054 1025 1281 1537 515 513"},
	{"firefox", "versions", "", 128, 159, "772 771"},
	{"firefox", "certificates", "", 133, 159, "1 2 3"},
	{"firefox", "certificates", "tor", 128, 128, absent},
	{"firefox", "extensions", "", 133, 133, "0 5 10 11 13 16 23 27 28 34 35 43 45 51 65281"},
	{"firefox", "extensions", "", 135, 159, "0 5 10 11 13 16 18 23 27 28 34 35 43 45 51 65281"},
	{"firefox", "extensions", "tor", 128, 128, "0 5 10 11 13 16 23 28 34 43 51 65281"},
	{"firefox", "alps", "", 128, 159, absent},
	{"firefox", "ech", "", 128, 159, "65037"},
	{"firefox", "anchors", "", 128, 159, absent},
	{"firefox", "permutation", "", 128, 159, absent},
	{"firefox", "settings", "", 128, 159, "1:65536 2:0 4:131072 5:16384"},
	{"firefox", "window", "", 128, 159, "12517377"},
	{"firefox", "pseudo", "", 128, 159, ":method :path :authority :scheme"},
	{"firefox", "weight", "", 128, 135, "256 | 42"}, // 256 in the reference library only
	{"firefox", "weight", "", 140, 159, "42"},
	{"firefox", "stream", "", 128, 144, "3 | 15"}, // 15 in the signatures of 133, 135 and 144
	{"firefox", "stream", "", 153, 159, "3"},
	{"firefox", "priority", "", 128, 159, "present"},
	{"firefox", "encodings", "", 128, 159, withZstd},
	{"firefox", "accept", "", 128, 159, otherAccept},

	{"webkit", "suites", "", 15.03, 15.03, "GREASE 4865 4866 4867 49196 49195 52393 49200 49199 52392 49188 49187 49162 49161 49192 49191 49172 49171 157 156 61 60 53 47 49160 49170 10"},
	{"webkit", "suites", "", 15.05, 18.04, safariOld},
	{"webkit", "suites", "", 26, 27, safariNew},
	{"webkit", "suites", "ios", 17.02, 26, safariOld},
	{"webkit", "suites", "ios", 27, 27, safariNew},
	{"webkit", "groups", "", 15.03, 18.04, "GREASE 29 23 24 25"},
	{"webkit", "groups", "", 26, 27, "GREASE 4588 29 23 24 25"},
	{"webkit", "groups", "ios", 17.02, 26, "GREASE 29 23 24 25"},
	{"webkit", "groups", "ios", 27, 27, "GREASE 4588 29 23 24 25"},
	{"webkit", "shares", "", 15.03, 18.04, "GREASE 29"},
	{"webkit", "shares", "", 26, 27, "GREASE 4588 29"},
	{"webkit", "shares", "ios", 17.02, 26, "GREASE 29"},
	{"webkit", "shares", "ios", 27, 27, "GREASE 4588 29"},
	{"webkit", "schemes", "", 15.03, 17.02, "1027 2052 1025 1283 515 2053 2053 1281 2054 1537 513"},
	{"webkit", "schemes", "", 18, 27, "1027 2052 1025 1283 2053 2053 1281 2054 1537 513"},
	{"webkit", "versions", "", 15.03, 18.04, "GREASE 772 771 770 769"},
	{"webkit", "versions", "", 26, 27, "GREASE 772 771"},
	{"webkit", "certificates", "", 15.03, 15.03, absent},
	{"webkit", "certificates", "", 15.05, 27, "1"},
	{"webkit", "extensions", "", 15.03, 15.03, "0 5 10 11 13 16 18 23 43 45 51 65281"},
	{"webkit", "extensions", "", 15.05, 18.04, "0 5 10 11 13 16 18 23 27 43 45 51 65281"},
	{"webkit", "extensions", "", 26, 26, "0 5 10 11 13 16 18 23 27 35 43 45 51 65281 | 0 5 10 11 13 16 18 23 27 43 45 51 65281"}, // 26.0 | 26.0.1
	{"webkit", "extensions", "", 27, 27, "0 5 10 11 13 16 18 23 27 43 45 51 65281"},
	{"webkit", "alps", "", 15.03, 27, absent},
	{"webkit", "ech", "", 15.03, 27, absent},
	{"webkit", "anchors", "", 15.03, 27, absent},
	{"webkit", "permutation", "", 15.03, 27, absent},
	{"webkit", "settings", "", 15.03, 15.05, "4:4194304 3:100"},
	{"webkit", "settings", "", 17, 17, "2:0 4:4194304 3:100"},
	{"webkit", "settings", "", 18, 18, "2:0 3:100 4:2097152 8:1 9:1"},
	{"webkit", "settings", "", 18.04, 27, "2:0 3:100 4:2097152 9:1"},
	{"webkit", "settings", "ios", 17.02, 17.02, "2:0 4:2097152 3:100"},
	{"webkit", "settings", "ios", 18, 18, "2:0 3:100 4:2097152 8:1 9:1"},
	{"webkit", "settings", "ios", 18.04, 27, "2:0 3:100 4:2097152 9:1"},
	{"webkit", "window", "", 15.03, 17.02, "10485760"},
	{"webkit", "window", "", 18, 27, "10420225"},
	{"webkit", "pseudo", "", 15.03, 17.02, ":method :scheme :path :authority"},
	{"webkit", "pseudo", "", 18, 27, ":method :scheme :authority :path"},
	{"webkit", "weight", "", 15.03, 17.02, "255"},
	{"webkit", "weight", "", 18, 18.04, "256"},
	{"webkit", "weight", "", 26, 27, absent},
	{"webkit", "stream", "", 15.03, 27, "1"},
	{"webkit", "priority", "", 15.03, 17.02, absent},
	{"webkit", "priority", "", 18, 27, "present"},
	{"webkit", "encodings", "", 15.03, 18.04, withoutZstd},
	{"webkit", "encodings", "", 26, 26, withoutZstd + " | " + withZstd}, // 26.0.1 | 26.0
	{"webkit", "encodings", "", 27, 27, withZstd},
	{"webkit", "accept", "", 15.03, 27, otherAccept},
}

// wants returns what the agent may have in a place; nothing when no recording tells.
func (a *agent) wants(place string) (out []string) {
	rows := map[string][]fact{} // by trait
	best := 0
	for _, f := range facts {
		if f.engine == a.engine && f.place == place && a.has(f.only) {
			rows[f.only] = append(rows[f.only], f)
			best = max(best, narrowness(f.only))
		}
	}
	for only, list := range rows {
		if narrowness(only) < best {
			continue
		}
		for _, f := range around(list, a.version) {
			out = append(out, strings.Split(f.want, " | ")...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func narrowness(only string) int {
	switch only {
	case "":
		return 0
	case "branded", "plain":
		return 1
	}
	return 2
}

// around returns the row of a version, or the two that it lies in between.
func around(list []fact, version float64) []fact {
	for i, f := range list {
		switch {
		case version >= f.from && version <= f.to:
			return list[i : i+1]
		case version < f.from:
			if i == 0 {
				return nil
			}
			return list[i-1 : i+1]
		}
	}
	return list[max(len(list)-1, 0):]
}

// recorded says which browsers have a value in a place, for the hint of a finding; "" if none has.
func recorded(place, value string) string {
	var out []string
	for _, f := range facts {
		if f.place != place || !slices.Contains(strings.Split(f.want, " | "), value) {
			continue
		}
		name := f.engine
		if f.only != "" {
			name += " (" + f.only + ")"
		}
		text := fmt.Sprintf("%s %s to %s", name, versionText(f.from), versionText(f.to))
		if f.from == f.to {
			text = name + " " + versionText(f.from)
		}
		out = append(out, text)
	}
	if out == nil {
		return "no recorded browser has it"
	}
	return "recorded in " + strings.Join(out, ", ")
}

// versionText writes a version of the table: "18.4" for 18.04.
func versionText(v float64) string {
	major := int(v)
	if minor := int((v-float64(major))*100 + 0.5); minor > 0 {
		return fmt.Sprintf("%d.%d", major, minor)
	}
	return fmt.Sprint(major)
}
