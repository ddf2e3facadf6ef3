package testnet

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
)

// ServeTLS13 starts a server that shakes hands as s has it and answers each HTTP/1.1 request with a body that says "ok". It
// counts the connections, also those of which the handshake fails.
func ServeTLS13(tb testing.TB, s *TLS13) *Server {
	tb.Helper()
	out := &Server{tb: tb}
	out.Addr = Serve(tb, func(c net.Conn) {
		out.conns.Add(1)
		conn, err := s.Handshake(c)
		if err != nil {
			return // that is what the client says, too
		}
		defer conn.Close()
		for br := bufio.NewReader(conn); ; {
			r, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			io.Copy(io.Discard, r.Body)
			if _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"); err != nil {
				return
			}
		}
	})
	_, port, _ := net.SplitHostPort(out.Addr)
	out.URL = "https://localhost:" + port + "/"
	return out
}
