package interop

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
)

// files are the certificate of a server and its key, in PEM, as servers want them.
type files struct {
	dir             string
	cert, key, both string // cert has the authority's certificate, too
}

// writeFiles writes the certificate into a new directory, in which there is room for a configuration.
func writeFiles(t *testing.T, cert tls.Certificate) files {
	t.Helper()
	f := files{dir: t.TempDir()}
	var chain []byte
	for _, der := range cert.Certificate {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	der, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	f.cert = f.write(t, "cert.pem", chain)
	f.key = f.write(t, "key.pem", key)
	f.both = f.write(t, "both.pem", append(chain, key...))
	return f
}

// write writes a file into the directory, readable for any user, and returns its path.
func (f files) write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(f.dir, name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
