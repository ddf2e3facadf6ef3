package interop

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/internal/testnet"
)

// peer is a running server with HTTP/1.1 and HTTP/2 on one port.
type peer struct {
	url   string // https://localhost:PORT
	roots *x509.CertPool
	// posts are the paths that take uploads.
	posts []string
	// dav is the directory in which PUT /dav/NAME makes the file NAME; empty where PUT is not possible.
	dav string
}

// file returns the URL of n bytes.
func (p peer) file(n int64) string { return fmt.Sprintf("%s/bytes/%d", p.url, n) }

// peers are the servers that the client meets. Each starts one, for the time of the test.
var peers = []struct {
	name  string
	start func(*testing.T) peer
}{
	{"fpserver", startFpserver},
	{"net-http", startNetHTTP},
	{"nginx", startNginx},
	{"apache", startApache},
	{"node", startNode},
	{"haproxy", startHAProxy},
}

func localhost(port string) string { return "https://localhost:" + port }

var post = []string{"/post"}

func startFpserver(t *testing.T) peer {
	s := fpserver.NewServer(t)
	return peer{url: s.URL, roots: s.CertPool(), posts: post}
}

func startNetHTTP(t *testing.T) peer {
	ca := testnet.NewCA(t, time.Now())
	s := httptest.NewUnstartedServer(origin())
	s.TLS = &tls.Config{Certificates: []tls.Certificate{ca.Leaf()}}
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return peer{url: strings.Replace(s.URL, "127.0.0.1", "localhost", 1), roots: ca.Pool(), posts: post}
}

// startOrigin starts the Go server that others stand in front of and returns its address.
func startOrigin(t *testing.T) string {
	s := httptest.NewUnstartedServer(origin())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func startNode(t *testing.T) peer {
	path := program{"node", "nodejs"}.need(t, "--version")
	ca := testnet.NewCA(t, time.Now())
	f := writeFiles(t, ca.Leaf())
	port := start(t, path, func(port string) []string {
		return []string{"testdata/peer.mjs", port, f.cert, f.key}
	})
	return peer{url: localhost(port), roots: ca.Pool(), posts: post}
}

// startNginx starts nginx with static files, uploads into files (WebDAV), and uploads that it passes on, whole or as
// they come.
func startNginx(t *testing.T) peer {
	path := program{"nginx", "nginx-light"}.need(t, "-v")
	ca := testnet.NewCA(t, time.Now())
	f := writeFiles(t, ca.Leaf())
	docs, origin := documents(t), startOrigin(t)
	port := start(t, path, func(port string) []string {
		config := f.write(t, "nginx.conf", []byte(fill(nginxConfig, map[string]string{
			"dir": f.dir, "port": port, "cert": f.cert, "key": f.key, "docs": docs, "origin": origin,
		})))
		return []string{"-p", f.dir, "-e", "stderr", "-c", config}
	})
	return peer{url: localhost(port), roots: ca.Pool(), posts: []string{"/post", "/unbuffered/post"}, dav: docs + "/dav"}
}

// One process only: it goes away with the test whatever happens.
const nginxConfig = `
daemon off;
master_process off;
error_log stderr warn;
pid {dir}/pid;
events { worker_connections 256; }
http {
	access_log off;
	default_type application/octet-stream;
	client_body_temp_path {dir}/body;
	proxy_temp_path {dir}/proxy;
	fastcgi_temp_path {dir}/fastcgi;
	uwsgi_temp_path {dir}/uwsgi;
	scgi_temp_path {dir}/scgi;
	client_max_body_size 0;
	proxy_http_version 1.1;
	server {
		listen 127.0.0.1:{port} ssl http2;
		server_name localhost;
		ssl_certificate {cert};
		ssl_certificate_key {key};
		location /bytes/ { root {docs}; }
		location /dav/ { root {docs}; dav_methods PUT; }
		location /post { proxy_pass http://{origin}; }
		location /unbuffered/ { proxy_pass http://{origin}/; proxy_request_buffering off; }
	}
}
`

// startApache starts Apache with the event MPM in one process, static files, uploads into files (WebDAV) and uploads that
// it passes on.
func startApache(t *testing.T) peer {
	path := program{"apache2", "apache2"}.need(t, "-v")
	ca := testnet.NewCA(t, time.Now())
	f := writeFiles(t, ca.Leaf())
	docs, origin := documents(t), startOrigin(t)
	errors := f.write(t, "error.log", nil)
	t.Cleanup(func() {
		if said, err := os.ReadFile(errors); err == nil && t.Failed() {
			t.Logf("apache2 said:\n%s", said)
		}
	})
	port := startAs(t, asNobody(t, f.dir, docs), path, func(port string) []string {
		config := f.write(t, "apache.conf", []byte(fill(apacheConfig, map[string]string{
			"dir": f.dir, "port": port, "cert": f.cert, "key": f.key, "docs": docs, "origin": origin,
		})))
		return []string{"-X", "-d", f.dir, "-f", config}
	})
	return peer{url: localhost(port), roots: ca.Pool(), posts: post, dav: docs + "/dav"}
}

const apacheConfig = `
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {dir}/pid
DefaultRuntimeDir {dir}
ErrorLog {dir}/error.log
LogLevel warn
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so
LoadModule http2_module /usr/lib/apache2/modules/mod_http2.so
LoadModule dav_module /usr/lib/apache2/modules/mod_dav.so
LoadModule dav_fs_module /usr/lib/apache2/modules/mod_dav_fs.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
Protocols h2 http/1.1
LimitRequestBody 0
MaxKeepAliveRequests 0
KeepAliveTimeout 60
SSLEngine on
SSLSessionCache none
SSLCertificateFile {cert}
SSLCertificateKeyFile {key}
DocumentRoot {docs}
<Directory {docs}>
	Require all granted
</Directory>
DavLockDB {docs}/lock
<Location /dav/>
	Dav on
</Location>
ProxyPass /post http://{origin}/post
`

func startHAProxy(t *testing.T) peer {
	path := program{"haproxy", "haproxy"}.need(t, "-v")
	ca := testnet.NewCA(t, time.Now())
	f := writeFiles(t, ca.Leaf())
	origin := startOrigin(t)
	port := start(t, path, func(port string) []string {
		config := f.write(t, "haproxy.cfg", []byte(fill(haproxyConfig, map[string]string{
			"port": port, "both": f.both, "origin": origin,
		})))
		return []string{"-db", "-f", config}
	})
	return peer{url: localhost(port), roots: ca.Pool(), posts: post}
}

const haproxyConfig = `
global
	maxconn 256
	ssl-default-bind-options ssl-min-ver TLSv1.2
defaults
	mode http
	timeout connect 5s
	timeout client 60s
	timeout server 60s
frontend tls
	bind 127.0.0.1:{port} ssl crt {both} alpn h2,http/1.1
	default_backend origin
backend origin
	server origin {origin}
`

// fill puts values into the places of a configuration that have their names in braces.
func fill(config string, values map[string]string) string {
	for name, value := range values {
		config = strings.ReplaceAll(config, "{"+name+"}", value)
	}
	return config
}
