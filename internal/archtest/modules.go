package archtest

import (
	"go/build/constraint"
	"path"
	"slices"
	"strings"
)

// anyTest in a module's list of importers allows the test files of all packages.
const anyTest = "*_test.go"

// modules says who may import which package of another module, and why it is worth a dependency. The longest prefix of
// the import path counts. Importers are patterns of path.Match; with "_test.go" behind them they allow test files only.
var modules = []struct {
	prefix    string
	importers []string
	tag       string // build tag without which the importing file must not be built
	reason    string
}{
	{"github.com/refraction-networking/utls", []string{"internal/tlsdial", "internal/quic"}, "",
		"a TLS stack that sends the hello it is told to"},
	{"golang.org/x/net/http2", []string{"fingerprint", "internal/h2", "fpserver", "internal/testnet", anyTest}, "",
		"HTTP/2 frames and HPACK decoding; tests, and what helps them, play the other side with it"},
	{"golang.org/x/crypto/cryptobyte", []string{"fingerprint", "internal/tlsdial", "fpserver"}, "",
		"parsing and building of TLS structures without arithmetic on offsets"},
	{"golang.org/x/crypto/chacha20poly1305", []string{"internal/tlsdial"}, "",
		"what a server sends during a handshake with that cipher, opened a second time"},
	{"filippo.io/edwards25519/field", []string{"internal/tlsdial"}, "",
		"arithmetic modulo 2²⁵⁵ − 19 in assembly, for a GREASE ECH that costs a third of a real key"},
	{"golang.org/x/net/idna", []string{"client", "internal/exchange", "fpserver"}, "", "host names"},
	{"golang.org/x/net/publicsuffix", []string{"client", "internal/exchange", "fpserver", "internal/bench"}, "",
		"which cookies a site may set; net/http's jar is measured with it, too"},
	{"golang.org/x/text", []string{"client", "internal/exchange", "fpserver"}, "", "character sets"},
	{"github.com/andybalholm/brotli", []string{"client", "internal/exchange", "fpserver"}, "", "content coding br"},
	{"github.com/klauspost/compress", []string{"client", "internal/exchange", "fpserver"}, "", "content codings zstd and gzip"},
	{"github.com/coder/websocket", []string{"client", "wsecho", "internal/browser", anyTest}, "",
		"WebSocket: framing on both sides, remote protocols of browsers; tests play the other side"},
	{"github.com/quic-go/quic-go", []string{"fpserver", anyTest}, "", "the server's QUIC and HTTP/3"},
	{"github.com/quic-go/qpack", []string{"fpserver", anyTest}, "", "the server's QPACK"},
	{"github.com/mccutchen/go-httpbin", []string{"fpserver"}, "", "endpoints of the server that users know"},
	{"github.com/onsi/ginkgo", []string{"suites/*"}, "", "the suites' runner, which lives only there"},
	{"github.com/onsi/gomega", []string{"suites/*"}, "", "the suites' matchers, which live only there"},
	{"github.com/rogpeppe/go-internal", []string{"cmd/*_test.go"}, "", "scripts as tests of commands"},
	{"github.com/dreadl0ck/ja3", []string{anyTest}, "ja3_disable_gopacket",
		"a second opinion on JA3; without its own build tag it needs libpcap"},
}

// checkModule applies the table to one import of a package outside of this module and the standard library.
func (r *Report) checkModule(s source, imp imported) {
	best := -1
	for i, m := range modules {
		if imp.path != m.prefix && !strings.HasPrefix(imp.path, m.prefix+"/") {
			continue
		}
		if best < 0 || len(m.prefix) > len(modules[best].prefix) {
			best = i
		}
	}
	if best < 0 {
		r.violation(s.path, imp.line, "module",
			"%s is not in the table: add it, who may import it and why, to modules in internal/archtest/modules.go", imp.path)
		return
	}
	m := modules[best]
	if !slices.ContainsFunc(m.importers, func(pattern string) bool { return mayImport(pattern, s) }) {
		r.violation(s.path, imp.line, "module", "%s (%s) is not for %s, only for %s", imp.path, m.reason, s.pkg,
			strings.Join(m.importers, ", "))
	}
	if m.tag != "" && !requires(s.tag, m.tag) {
		r.violation(s.path, imp.line, "module", "%s needs the line //go:build %s in the file that imports it", imp.path, m.tag)
	}
}

// mayImport says whether the pattern of an importer covers a source.
func mayImport(pattern string, s source) bool {
	pkg, testOnly := strings.CutSuffix(pattern, "_test.go")
	if pattern == anyTest {
		return s.test
	}
	ok, _ := path.Match(pkg, s.pkg)
	return ok && (s.test || !testOnly)
}

// requires says whether a build constraint cannot be met without the tag.
func requires(x constraint.Expr, tag string) bool {
	return x != nil && !x.Eval(func(t string) bool { return t != tag })
}
