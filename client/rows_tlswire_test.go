package client_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// TestTLSNames: what a hello says of the host and the protocols, whatever the request says.
func TestTLSNames(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, row := range []struct {
		id, name, profile, host string
		call                    client.Call
		sni                     string
		alpn                    []string
	}{
		{"TLS-10", "name", "", "localhost", client.Call{}, "localhost", []string{"h2", "http/1.1"}},
		{"TLS-10", "in any case", "", "LOCALHOST", client.Call{}, "localhost", []string{"h2", "http/1.1"}},
		{"TLS-10", "not that of the field Host", "", "localhost", client.Call{Header: client.Header{{Name: "Host", Value: "other.test"}}}, "localhost", []string{"h2", "http/1.1"}},
		{"TLS-10", "no address", "", "127.0.0.1", client.Call{}, "", []string{"h2", "http/1.1"}},
		{"TLS-10", "HTTP/1.1 alone", "", "localhost", client.Call{HTTPVersion: client.HTTP1}, "localhost", []string{"http/1.1"}},
		{"TLS-10", "Chromium", "chromium156", "localhost", client.Call{}, "localhost", []string{"h2", "http/1.1"}},
		{"TLS-10", "Chromium, no address", "chromium156", "127.0.0.1", client.Call{}, "", []string{"h2", "http/1.1"}},
		{"TLS-10", "Firefox", "firefox153_linux", "localhost", client.Call{}, "localhost", []string{"h2", "http/1.1"}},
		{"TLS-10", "Firefox, no address", "firefox153_linux", "127.0.0.1", client.Call{}, "", []string{"h2", "http/1.1"}},
	} {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			t.Parallel()
			hellos := make(chan *tls.ClientHelloInfo, 9)
			config := ca.Server("http/1.1")
			config.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) { hellos <- h; return nil, nil }
			_, port, _ := net.SplitHostPort(testnet.Serve(t, func(nc net.Conn) {
				c := tls.Server(nc, config)
				if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					fmt.Fprint(c, "HTTP/1.1 204 No Content\r\n\r\n")
				}
			}))
			if err := get(t, &client.Options{Profile: row.profile, RootCAs: ca.Pool()}, "https://"+row.host+":"+port+"/", &row.call); err != nil {
				t.Fatal(err)
			}
			h := <-hellos
			if h.ServerName != row.sni || !slices.Equal(h.SupportedProtos, row.alpn) {
				t.Errorf("name %q, protocols %q", h.ServerName, h.SupportedProtos)
			}
		})
	}
}

// TestTLSTickets: the second connection of a session resumes, that of another session does not, nor one after a session that
// the browser does not resume.
func TestTLSTickets(t *testing.T) {
	t.Parallel()
	const psk = 0x0029 // the extension pre_shared_key
	for _, row := range []struct {
		id, name, profile string
		version           uint16
		want              bool
	}{
		{"TLS-11", "neutral", "", tls.VersionTLS13, true},
		{"TLS-11", "neutral, TLS 1.2", "", tls.VersionTLS12, true},
		{"TLS-11", "Chromium", "chromium156", tls.VersionTLS13, true},
		{"TLS-11", "Chromium, TLS 1.2", "chromium156", tls.VersionTLS12, true},
		{"TLS-11", "Firefox", "firefox153_linux", tls.VersionTLS13, true},
		{"TLS-11", "Tor Browser", "tor145", tls.VersionTLS13, false},
	} {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			t.Parallel()
			ca := testnet.NewCA(t, time.Now())
			config := ca.Server("http/1.1")
			config.MaxVersion = row.version
			config.SetSessionTicketKeys([][32]byte{{1}}) // for the copies that connections have
			_, port, _ := net.SplitHostPort(testnet.Serve(t, func(nc net.Conn) {
				var has bool
				own := config.Clone()
				own.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
					has = slices.Contains(h.Extensions, psk)
					return nil, nil
				}
				c := tls.Server(nc, own)
				if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					text := fmt.Sprintf("%v %v", c.ConnectionState().DidResume, has)
					fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
				}
			}))
			ask := func(s *client.Session) (string, bool) {
				r, err := s.Get(t.Context(), "https://localhost:"+port+"/", nil)
				if err != nil {
					t.Fatal(err)
				}
				text, err := r.Text()
				if err != nil {
					t.Fatal(err)
				}
				return text, r.Info.Resumed
			}
			o := &client.Options{Profile: row.profile, RootCAs: ca.Pool()}
			s := newSession(t, o)
			want := fmt.Sprintf("%v %v", row.want, row.want && row.version == tls.VersionTLS13)
			for i, x := range []struct {
				s       *client.Session
				text    string
				resumed bool
			}{{s, "false false", false}, {s, want, row.want}, {newSession(t, o), "false false", false}} {
				if text, resumed := ask(x.s); text != x.text || resumed != x.resumed {
					t.Errorf("connection %d: %q, resumed %v; want %q", i, text, resumed, x.text)
				}
			}
		})
	}
}
