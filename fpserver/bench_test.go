//go:build unix

package fpserver

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The benchmarks compare a request to this server with the same one to net/http alone, client included: the handler,
// the certificate and the client are the same.

func BenchmarkRequest(b *testing.B) {
	ok := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") })
	for _, h2 := range []bool{false, true} {
		name := "HTTP1"
		if h2 {
			name = "HTTP2"
		}
		b.Run(name+"/fpserver", func(b *testing.B) {
			s := start(b, func(s *Server) { s.Handler = ok })
			benchmarkRequests(b, s.URL, s.CertPool(), h2)
		})
		b.Run(name+"/net_http", func(b *testing.B) {
			s := start(b, nil) // for its certificate
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			plain := &http.Server{Handler: ok, TLSConfig: &tls.Config{Certificates: []tls.Certificate{s.id.cert.leaf}}}
			done := make(chan struct{})
			go func() { defer close(done); plain.ServeTLS(l, "", "") }()
			benchmarkRequests(b, "https://"+l.Addr().String(), s.CertPool(), h2)
			plain.Close()
			<-done
		})
	}
}

func benchmarkRequests(b *testing.B, url string, roots *x509.CertPool, h2 bool) {
	transport := &http.Transport{ForceAttemptHTTP2: h2, MaxIdleConnsPerHost: 64, TLSClientConfig: &tls.Config{RootCAs: roots}}
	client := &http.Client{Transport: transport}
	defer client.CloseIdleConnections()
	request := func() error {
		r, _ := http.NewRequest("GET", url+"/hello", nil)
		for _, name := range strings.Fields("Accept Accept-Language Sec-Fetch-Site Sec-Fetch-Mode Sec-Fetch-Dest Priority") {
			r.Header.Set(name, "some value of "+name)
		}
		resp, err := client.Do(r)
		if err != nil {
			return err
		}
		io.Copy(io.Discard, resp.Body)
		return resp.Body.Close()
	}
	if err := request(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	before := cpuTime()
	defer func() { b.ReportMetric(float64(cpuTime()-before)/float64(b.N), "cpu-ns/op") }()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := request(); err != nil {
				b.Error(err)
			}
		}
	})
}

// cpuTime is what the process has used, which other processes on the machine do not change.
func cpuTime() time.Duration {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
