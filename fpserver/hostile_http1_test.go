package fpserver

import (
	"io"
	"log"
	"strings"
	"testing"
)

var discard = log.New(io.Discard, "", 0)

func TestHostileHTTP1(t *testing.T) {
	const host = "Host: x\r\n"
	runAttacks(t, []attack{
		{"field of 1 MB", nil, "http/1.1", func(h *hostile) {
			h.send("GET / HTTP/1.1\r\n" + host + "X: " + strings.Repeat("x", 1<<20) + "\r\n\r\n")
			h.await()
		}, "431 Request Header Fields Too Large", "refused: 431", "a head may have 128 KiB"},
		{"100,000 fields", nil, "http/1.1", func(h *hostile) {
			h.send("GET / HTTP/1.1\r\n" + host + strings.Repeat("X: y\r\n", 100_000) + "\r\n")
			h.await()
		}, "431 Request Header Fields Too Large", "refused: 431", "as above"},
		{"target of 1 MB", nil, "http/1.1", func(h *hostile) {
			h.send("GET /" + strings.Repeat("x", 1<<20) + " HTTP/1.1\r\n" + host + "\r\n")
			h.await()
		}, "431 Request Header Fields Too Large", "refused: 431", "as above"},
		{"8 MB without a line", nil, "http/1.1", func(h *hostile) {
			h.send(strings.Repeat("x", 8<<20))
			h.await()
		}, "", "http/1.1", "the rest is not even read"},
		{"8 MB without a line, no TLS", func(s *Server) { s.NoTLS = true }, noTLS, func(h *hostile) {
			h.send(strings.Repeat("x", 8<<20))
			h.await()
		}, "", "http/1.1", "as above"},
		{"half-closed within a head", nil, "http/1.1", func(h *hostile) { h.send("GET / HTTP/1.1\r\nHo"); h.half(); h.await() },
			"400 Bad Request", "http/1.1: incomplete head", "the end of the client's half is the end"},
		{"half-closed within a body", nil, "http/1.1", func(h *hostile) {
			h.send("POST /echo HTTP/1.1\r\n" + host + "Content-Length: 9\r\n\r\n1234")
			h.half()
			h.await()
		}, "400 Bad Request", "the connection ended within a request body", "as above, and it is answered"},
		{"reset within a body", nil, "http/1.1", func(h *hostile) {
			h.send("POST /echo HTTP/1.1\r\n" + host + "Content-Length: 9\r\n\r\n1234")
			h.reset()
			h.await()
		}, "", "the connection ended within a request body", "a RST instead of a FIN"},
		{"no HTTP", nil, "http/1.1", func(h *hostile) { h.send("\x00\x01\x02\x03 garbage\r\n\r\n"); h.await() },
			"400 Bad Request", "http/1.1", "no request line"},
		{"version 9", nil, "http/1.1", func(h *hostile) { h.send("GET / HTTP/9.9\r\n" + host + "\r\n"); h.await() },
			"505 HTTP Version Not Supported", "refused: 505", "there is no such version"},
		{"two lengths", nil, "http/1.1", func(h *hostile) {
			h.send("POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx")
			h.await()
		}, "400 Bad Request", "refused: 400", "smuggling (RFC 9112 §6.3)"},
		{"negative length", nil, "http/1.1", func(h *hostile) {
			h.send("POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n")
			h.await()
		}, "400 Bad Request", "refused: 400", "no length"},
		{"unknown coding", nil, "http/1.1", func(h *hostile) {
			h.send("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: rot13\r\n\r\nx")
			h.await()
		}, "501 Not Implemented", "refused: 501", "RFC 9112 §6.1"},
		{"chunk size of 20 digits", nil, "http/1.1", func(h *hostile) {
			h.send("POST /echo HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("f", 20) + "\r\n")
			h.await()
		}, "400 Bad Request", "", "the handler answers; the head was right"},
		{"chunk size of 1 MB", nil, "http/1.1", func(h *hostile) {
			h.send("POST /echo HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("0", 1<<20))
			h.await()
		}, "400 Bad Request", "", "as above"},
		{"pipelined requests", nil, "http/1.1", func(h *hostile) {
			h.send(strings.Repeat("GET /status/204 HTTP/1.1\r\n"+host+"\r\n", flood/10))
			h.half()
			h.await()
		}, "204 No Content", "", "all are good"},
	})
	runStalls(t, []attack{
		{"head that stalls", nil, "http/1.1", func(h *hostile) { h.send("GET / HT"); h.await() },
			"400 Bad Request", "http/1.1: incomplete head", "a head has a time limit"},
		{"body that stalls", nil, "http/1.1", func(h *hostile) {
			h.send("POST /echo HTTP/1.1\r\n" + host + "Content-Length: 9\r\n\r\n1234")
			h.await()
		}, "408 Request Timeout", "a request body stalled", "so has the pause between two bytes of a body"},
		{"body that stalls and nobody reads", nil, "http/1.1", func(h *hostile) {
			h.send("POST /none HTTP/1.1\r\n" + host + "Content-Length: 9\r\n\r\n1234")
			h.await()
		}, "404 Not Found", "a request body stalled", "net/http reads it after the answer"},
		{"chunk that stalls", nil, "http/1.1", func(h *hostile) {
			h.send("POST /echo HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nffff\r\n1234")
			h.await()
		}, "408 Request Timeout", "a request body stalled", "the same in chunks"},
	})
}
