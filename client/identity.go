package client

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// certificates returns the client's own: Certificates, then that of CertFile and KeyFile.
func (t *Transport) certificates() ([]tls.Certificate, error) {
	for i := range t.Certificates {
		if c := &t.Certificates[i]; len(c.Certificate) == 0 || c.PrivateKey == nil {
			return nil, invalid(ErrIdentity, "Certificates[%d] lacks its certificate or its key", i)
		}
	}
	switch {
	case t.CertFile == "" && t.KeyFile == "":
		return t.Certificates, nil
	case t.CertFile == "":
		return nil, invalid(ErrIdentity, "KeyFile without CertFile: name the certificate of the key, too")
	}
	c, err := readIdentity(t.CertFile, t.KeyFile)
	if err != nil {
		return nil, &fault{ErrIdentity, err}
	}
	return append(slices.Clip(t.Certificates), c), nil
}

// readIdentity reads a certificate with what is behind it in its chain, and its key, from PEM files; from one if keyFile is empty.
func readIdentity(certFile, keyFile string) (tls.Certificate, error) {
	cert, err := readPEM(certFile)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("CertFile: %w", err)
	}
	if _, err := certificateBlocks(cert); err != nil {
		return tls.Certificate{}, fmt.Errorf("CertFile: %s: %w", certFile, err)
	}
	key, field, path := cert, "CertFile", certFile
	if keyFile != "" {
		field, path = "KeyFile", keyFile
		if key, err = readPEM(keyFile); err != nil {
			return tls.Certificate{}, fmt.Errorf("KeyFile: %w", err)
		}
	}
	if err := checkKey(key); err != nil {
		return tls.Certificate{}, fmt.Errorf("%s: %s: %w", field, path, err)
	}
	c, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("%s and its key in %s: %w", certFile, path, err)
	}
	return c, nil
}

// checkKey says what is wrong with a file of keys in words that help; none of them is of the key.
func checkKey(file []byte) error {
	for rest := file; ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			return errors.New("there is no private key in it: put it there, or set KeyFile")
		}
		switch {
		case b.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(b.Headers["Proc-Type"], "ENCRYPTED"):
			return errors.New("the private key is encrypted: decrypt it (openssl pkey -in FILE -out FILE), or set Certificates")
		case b.Type == "PRIVATE KEY" || strings.HasSuffix(b.Type, " PRIVATE KEY"):
			return nil
		}
	}
}
