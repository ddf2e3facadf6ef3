package tlsdial

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	utls "github.com/refraction-networking/utls"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/testnet"
)

func hexOf(b []byte) string { return hex.EncodeToString(b) }

// failure shakes hands, expects an error and checks what every error has to be.
func failure(t *testing.T, ctx context.Context, wire *tee, host string, cfg *Config, op string) error {
	t.Helper()
	c, err := Client(ctx, wire, host, cfg)
	var h *HandshakeError
	if !errors.As(err, &h) || c != nil {
		t.Fatalf("got %v, %v", c, err)
	}
	if h.Host != host || h.Op != op || !strings.HasPrefix(err.Error(), "tlsdial: ") {
		t.Errorf("%s %s: %v", h.Host, h.Op, err)
	}
	if !wire.isClosed() {
		t.Error("the connection is open")
	}
	if op == OpPrepare && wire.sent.Len() != 0 {
		t.Errorf("%d bytes were sent", wire.sent.Len())
	}
	return err
}

func TestVerification(t *testing.T) {
	t.Parallel()
	ca, other := testnet.NewCA(t, time.Now()), testnet.NewCA(t, time.Now())
	addr := echo(t, ca.Server("h2"), nil)
	later := func() time.Time { return time.Now().Add(48 * time.Hour) }
	for _, row := range []struct {
		name string
		host string
		cfg  Config
		is   func(error) bool
	}{
		{"foreign authority", "localhost", Config{RootCAs: other.Pool()}, is[x509.UnknownAuthorityError]},
		{"system authorities", "localhost", Config{}, is[x509.UnknownAuthorityError]},
		{"other host", "example.test", Config{RootCAs: ca.Pool()}, is[x509.HostnameError]},
		{"other address", "127.0.0.2", Config{RootCAs: ca.Pool()}, is[x509.HostnameError]},
		{"expired", "localhost", Config{RootCAs: ca.Pool(), Time: later}, is[x509.CertificateInvalidError]},
	} {
		for _, hello := range []*fingerprint.ClientHello{nil, model(t, "chromium156")} {
			cfg := row.cfg
			cfg.Hello = hello
			err := failure(t, t.Context(), dial(t, addr), row.host, &cfg, OpHandshake)
			var v *tls.CertificateVerificationError
			if !errors.As(err, &v) || len(v.UnverifiedCertificates) != 2 || !row.is(err) {
				t.Errorf("%s: %v", row.name, err)
			}
			cfg.InsecureSkipVerify = true
			c, _ := connect(t, addr, row.host, &cfg)
			if s := c.State(); s.VerifiedChains != nil || len(s.PeerCertificates) != 2 {
				t.Errorf("%s: state %+v", row.name, s)
			}
		}
	}
}

func is[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

func TestHosts(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, host, text string }{
		{"none", "", "no host"},
		{"not ASCII", "bücher.test", "not printable ASCII"},
		{"blank", "a b.test", "not printable ASCII"},
		{"line end", "a.test\r\n", "not printable ASCII"},
		{"long", strings.Repeat("a.", 127) + "a", "more than 253 bytes"},
	} {
		client, _ := net.Pipe()
		err := failure(t, t.Context(), &tee{Conn: client}, row.host, &Config{Hello: model(t, "firefox153")}, OpPrepare)
		if !strings.Contains(err.Error(), row.text) {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	for _, hello := range []*fingerprint.ClientHello{nil, model(t, "firefox153")} {
		arrived := make(chan struct{}, 2)
		addr := testnet.Serve(t, func(c net.Conn) { // silent
			io.ReadFull(c, make([]byte, 5))
			arrived <- struct{}{}
			io.Copy(io.Discard, c)
		})
		cfg := &Config{Hello: hello}

		ctx, cancel := context.WithCancel(t.Context())
		wire := dial(t, addr)
		go func() { <-arrived; cancel() }()
		if err := failure(t, ctx, wire, "localhost", cfg, OpHandshake); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		if err := failure(t, ctx, dial(t, addr), "localhost", cfg, OpPrepare); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before: %v", err)
		}

		ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		wire = dial(t, addr)
		// On a busy machine the time is over before anything was sent, so the step is not checked.
		if _, err := Client(ctx, wire, "localhost", cfg); !errors.Is(err, context.DeadlineExceeded) || !wire.isClosed() {
			t.Errorf("deadline: %v, closed %v", err, wire.isClosed())
		}
	}
}

func TestAlerts(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, hello := range []*fingerprint.ClientHello{nil, model(t, "chromium156")} {
		config := ca.Server("spdy/3")
		err := failure(t, t.Context(), dial(t, echo(t, config, nil)), "localhost", &Config{Hello: hello, ALPN: []string{"h2"}, RootCAs: ca.Pool()}, OpHandshake)
		var alert tls.AlertError
		var op *net.OpError
		if !errors.As(err, &alert) || alert != 120 || !errors.As(err, &op) || op.Op != "remote error" {
			t.Errorf("no_application_protocol: %v", err)
		}
	}
}

// TestAlertAfterwards: a TLS 1.3 server that wants a certificate says so when the client takes the handshake as done.
func TestAlertAfterwards(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	config := ca.Server("h2")
	config.ClientAuth = tls.RequireAnyClientCert
	c, err := Client(t.Context(), dial(t, echo(t, config, nil)), "localhost", &Config{Hello: model(t, "chromium156"), RootCAs: ca.Pool()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.Read(make([]byte, 1))
	var alert tls.AlertError
	if !errors.As(err, &alert) || alert != 116 {
		t.Errorf("certificate_required: %v", err)
	}
}

func TestNotTLS(t *testing.T) {
	t.Parallel()
	addr := testnet.Serve(t, func(c net.Conn) {
		io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
		io.Copy(io.Discard, c)
	})
	err := failure(t, t.Context(), dial(t, addr), "localhost", &Config{Hello: model(t, "firefox153")}, OpHandshake)
	var h tls.RecordHeaderError
	if !errors.As(err, &h) || string(h.RecordHeader[:]) != "HTTP/" {
		t.Errorf("%v", err)
	}
	gone := testnet.Serve(t, func(c net.Conn) { io.ReadFull(c, make([]byte, 5)) })
	err = failure(t, t.Context(), dial(t, gone), "localhost", &Config{Hello: model(t, "firefox153")}, OpHandshake)
	if op := (*net.OpError)(nil); !errors.Is(err, io.EOF) && !errors.As(err, &op) {
		t.Errorf("hung up: %v", err)
	}
}

type broken struct{ net.Conn }

func (broken) Read([]byte) (int, error) { panic("as the stack beneath does") }

func TestPanicIsAnError(t *testing.T) {
	t.Parallel()
	_, server := testnet.Pair(t)
	wire := &tee{Conn: broken{server}}
	if err := failure(t, t.Context(), wire, "localhost", &Config{Hello: model(t, "firefox153")}, OpHandshake); !strings.Contains(err.Error(), "panic in the TLS stack: as the stack") {
		t.Error(err)
	}
}

type empty struct{}

func (empty) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestBadRandomness(t *testing.T) {
	t.Parallel()
	client, _ := net.Pipe()
	err := failure(t, t.Context(), &tee{Conn: client}, "localhost", &Config{Hello: model(t, "firefox153"), Rand: empty{}}, OpPrepare)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	client, _ = net.Pipe()
	err = failure(t, t.Context(), &tee{Conn: client}, "localhost", &Config{Hello: model(t, "firefox153"), Rand: zeros{}}, OpPrepare)
	if !strings.Contains(err.Error(), "no private key in 64 draws") { // 0 is no P-256 key
		t.Error(err)
	}
}

func TestUnsupported(t *testing.T) {
	t.Parallel()
	with := func(e fingerprint.Extension) func(*fingerprint.ClientHello) {
		return func(h *fingerprint.ClientHello) {
			if x := h.Extension(e.Type); x != nil {
				*x = e
				return
			}
			h.Extensions = append(h.Extensions, e)
		}
	}
	without := func(id fingerprint.ID) func(*fingerprint.ClientHello) {
		return func(h *fingerprint.ClientHello) {
			h.Extensions = slices.DeleteFunc(h.Extensions, func(e fingerprint.Extension) bool { return e.Type == id })
		}
	}
	shares := func(s ...fingerprint.KeyShare) func(*fingerprint.ClientHello) {
		return with(fingerprint.Extension{Type: 51, Shares: s})
	}
	ech := func(e fingerprint.ECH) func(*fingerprint.ClientHello) {
		return with(fingerprint.Extension{Type: 65037, ECH: &e})
	}
	long := make([]fingerprint.ID, 300)
	p := "tls.extensions."
	for _, row := range []struct {
		name string
		edit func(*fingerprint.ClientHello)
		path string
	}{
		{"record version", func(h *fingerprint.ClientHello) { h.RecordVersion = 771 }, "tls.record_version"},
		{"version", func(h *fingerprint.ClientHello) { h.Version = 772 }, "tls.version"},
		{"session id", func(h *fingerprint.ClientHello) { h.SessionIDLength = 33 }, "tls.session_id_length"},
		{"no suites", func(h *fingerprint.ClientHello) { h.CipherSuites = nil }, "tls.cipher_suites"},
		{"no null compression", func(h *fingerprint.ClientHello) { h.CompressionMethods = []fingerprint.ID{1} }, "tls.compression_methods"},
		{"wide compression", func(h *fingerprint.ClientHello) { h.CompressionMethods = []fingerprint.ID{0, 256} }, "tls.compression_methods"},
		{"psk", with(fingerprint.Extension{Type: 41, PSK: &fingerprint.PSK{Identities: []int{100}, Binders: []int{32}}}), p + "pre_shared_key"},
		{"ticket", with(fingerprint.Extension{Type: 35, Length: 100}), p + "session_ticket.length"},
		{"early data", with(fingerprint.Extension{Type: 42}), p + "early_data"},
		{"cookie", with(fingerprint.Extension{Type: 44, Data: []byte{0, 1, 1}}), p + "cookie"},
		{"quic", with(fingerprint.Extension{Type: 57}), p + "quic_transport_parameters"},
		{"fixed name", with(fingerprint.Extension{Type: 0, ServerName: "example.org"}), p + "server_name"},
		{"two bodies", with(fingerprint.Extension{Type: 16, Protocols: []string{"h2"}, Data: []byte{0}}), p + "alpn"},
		{"foreign body", with(fingerprint.Extension{Type: 18, List: []fingerprint.ID{1}}), p + "signed_certificate_timestamp"},
		{"raw groups", with(fingerprint.Extension{Type: 10, Data: []byte{0}}), p + "supported_groups"},
		{"raw ech", with(fingerprint.Extension{Type: 65037, Data: []byte{1}}), p + "encrypted_client_hello"},
		{"empty ech", with(fingerprint.Extension{Type: 65037}), p + "encrypted_client_hello"},
		{"renegotiating", with(fingerprint.Extension{Type: 65281, Data: []byte{1, 2}}), p + "renegotiation_info"},
		{"twice", func(h *fingerprint.ClientHello) { h.Extensions = append(h.Extensions, h.Extensions[0]) }, p + "server_name"},
		{"long protocol", with(fingerprint.Extension{Type: 16, Protocols: []string{strings.Repeat("x", 256)}}), p + "alpn"},
		{"empty ALPS protocol", with(fingerprint.Extension{Type: 17613, Protocols: []string{""}}), p + "application_settings"},
		{"no version", with(fingerprint.Extension{Type: 43, List: []fingerprint.ID{fingerprint.GREASE, 768}}), p + "supported_versions"},
		{"many versions", with(fingerprint.Extension{Type: 43, List: long}), p + "supported_versions"},
		{"many modes", with(fingerprint.Extension{Type: 45, List: long}), p + "psk_key_exchange_modes"},
		{"wide mode", with(fingerprint.Extension{Type: 45, List: []fingerprint.ID{1, 256}}), p + "psk_key_exchange_modes[1]"},
		{"limit", with(fingerprint.Extension{Type: 28, Limit: 1 << 16}), p + "record_size_limit"},
		{"unknown compression", with(fingerprint.Extension{Type: 27, List: []fingerprint.ID{2, 4}}), p + "compress_certificate[1]"},
		{"long data", with(fingerprint.Extension{Type: 5, Data: make([]byte, 1<<16)}), p + "status_request"},
		{"long hello", with(fingerprint.Extension{Type: 5, Data: make([]byte, 1<<16-1)}), "tls"},
		{"no shares", without(51), p + "key_share"},
		{"empty shares", with(fingerprint.Extension{Type: 51, Data: []byte{0, 0}}), p + "key_share"},
		{"only GREASE shares", shares(fingerprint.KeyShare{Group: fingerprint.GREASE, Length: 1}), p + "key_share"},
		{"ffdhe share", shares(fingerprint.KeyShare{Group: 29, Length: 32}, fingerprint.KeyShare{Group: 256, Length: 256}), p + "key_share[1].group"},
		{"other hybrid share", shares(fingerprint.KeyShare{Group: 4587, Length: 1249}), p + "key_share[0].group"},
		{"two hybrid shares", shares(fingerprint.KeyShare{Group: 4588, Length: 1216}, fingerprint.KeyShare{Group: 25497, Length: 1216}), p + "key_share[1].group"},
		{"same share twice", shares(fingerprint.KeyShare{Group: 29, Length: 32}, fingerprint.KeyShare{Group: 29, Length: 32}), p + "key_share[1].group"},
		{"share length", shares(fingerprint.KeyShare{Group: 29, Length: 33}), p + "key_share[0].length"},
		{"hybrid share length", shares(fingerprint.KeyShare{Group: 4588, Length: 32}), p + "key_share[0].length"},
		{"reuse of nothing", shares(fingerprint.KeyShare{Group: 29, Length: 32, Reuses: 4588}), p + "key_share[0].reuses"},
		{"reuse by another curve", shares(fingerprint.KeyShare{Group: 4588, Length: 1216}, fingerprint.KeyShare{Group: 23, Length: 65, Reuses: 4588}), p + "key_share[1].reuses"},
		{"ech enc", ech(fingerprint.ECH{KDF: 1, AEAD: 1, EncLength: 31, PayloadLength: 144}), p + "encrypted_client_hello.enc_length"},
		{"ech payload", ech(fingerprint.ECH{KDF: 1, AEAD: 1, EncLength: 32, PayloadLength: 1 << 16}), p + "encrypted_client_hello.payload_length"},
	} {
		h := clone(model(t, "firefox153"))
		row.edit(h)
		client, _ := net.Pipe()
		err := failure(t, t.Context(), &tee{Conn: client}, "localhost", &Config{Hello: h}, OpPrepare)
		var u *UnsupportedError
		if !errors.As(err, &u) || u.Path != row.path || u.Reason == "" {
			t.Errorf("%s: %v, want path %s", row.name, err, row.path)
		}
	}
}

func TestUnsupportedConfig(t *testing.T) {
	t.Parallel()
	h := clone(model(t, "firefox153"))
	values := func(path, value string) *fingerprint.Vary {
		return &fingerprint.Vary{OneOf: []fingerprint.OneOf{{Path: path, Values: []string{value}}}}
	}
	bare := clone(h)
	bare.Extensions = slices.DeleteFunc(bare.Extensions, func(e fingerprint.Extension) bool { return e.Type == fingerprint.ExtALPN })
	for _, row := range []struct {
		name string
		cfg  Config
		path string
	}{
		{"no number", Config{Hello: h, Vary: values(echPath+".payload_length", "many")}, echPath + ".payload_length"},
		{"out of range", Config{Hello: h, Vary: values(echPath+".aead", "70000")}, echPath + ".aead"},
		{"negative", Config{Hello: h, Vary: values(echPath+".kdf", "-1")}, echPath + ".kdf"},
		{"no place for ALPN", Config{Hello: bare, ALPN: []string{"h2"}}, "tls.extensions.alpn"},
		{"bad ALPN", Config{Hello: h, ALPN: []string{"h2", ""}}, "tls.extensions.alpn"},
	} {
		client, _ := net.Pipe()
		err := failure(t, t.Context(), &tee{Conn: client}, "localhost", &row.cfg, OpPrepare)
		var u *UnsupportedError
		if !errors.As(err, &u) || u.Path != row.path {
			t.Errorf("%s: %v, want path %s", row.name, err, row.path)
		}
	}
}

// TestLimitsMet has servers that ask for what a browser can do and the stack beneath cannot.
func TestLimitsMet(t *testing.T) {
	t.Parallel()
	firefox := clone(model(t, "firefox153"))
	firefox.CipherSuites = append(firefox.CipherSuites, 0x9e) // DHE_RSA_WITH_AES_128_GCM_SHA256
	for _, row := range []struct {
		name   string
		server func(sid []byte) []byte
		leave  []fingerprint.ID
	}{
		{"finite field group", func(sid []byte) []byte {
			return answer(sid, 0x1301, retryRandom[:], 0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 1, 0)
		}, nil},
		{"ech in retry", func(sid []byte) []byte {
			return answer(sid, 0x1301, retryRandom[:], 0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0, 24, 0xfe, 0x0d, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8)
		}, []fingerprint.ID{65037}},
		{"finite field suite", func(sid []byte) []byte {
			return answer(sid, 0x9e, make([]byte, 32))
		}, nil},
	} {
		addr := testnet.Serve(t, func(c net.Conn) {
			head := make([]byte, 5+39+32)
			if _, err := io.ReadFull(c, head); err == nil {
				c.Write(records(row.server(head[44:]), 255))
				io.Copy(io.Discard, c)
			}
		})
		err := failure(t, t.Context(), dial(t, addr), "localhost", &Config{Hello: firefox}, OpHandshake)
		var l *LimitError
		if !errors.As(err, &l) || !slices.Equal(l.Extensions, row.leave) {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

// TestLimits has the texts of utls v1.8.2: no server of the standard library sends what makes it stumble.
func TestLimits(t *testing.T) {
	t.Parallel()
	firefox, chromium := model(t, "firefox153"), model(t, "chromium156")
	for _, row := range []struct {
		name  string
		sent  *fingerprint.ClientHello
		text  string
		limit bool
		leave []fingerprint.ID
	}{
		{"delegated credential", firefox, "tls: invalid signature by the server certificate: ECDSA verification failure", true, []fingerprint.ID{34}},
		{"bad signature", chromium, "tls: invalid signature by the server certificate: ECDSA verification failure", false, nil},
		{"chain over 32 KiB", chromium, "tls: failed to decompress certificate message: decompressed len (32768) does not match specified len (40000)", true, []fingerprint.ID{27}},
		{"chain over 64 KiB", chromium, "tls: handshake message of length 70000 bytes exceeds maximum of 65536 bytes", true, []fingerprint.ID{27}},
		{"group without key exchange", firefox, "tls: CurvePreferences includes unsupported curve", true, nil},
		{"anything else", chromium, "tls: internal error", false, nil},
		{"neutral", nil, "tls: failed to decompress certificate message", false, nil},
	} {
		cause := errors.New(row.text)
		err := explain(cause, utls.UClient(nil, nil, utls.HelloCustom), row.sent, nil)
		var l *LimitError
		if errors.As(err, &l) != row.limit || !errors.Is(err, cause) {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		if row.limit && (!slices.Equal(l.Extensions, row.leave) || l.Reason == "" || !strings.Contains(err.Error(), row.text)) {
			t.Errorf("%s: %v, leave out %v", row.name, err, l.Extensions)
		}
	}
}
