package client

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxPEM is how long a file of certificates or keys may be, in bytes: that of Mozilla's authorities has a quarter of a million.
const maxPEM = 16 << 20

// authorities returns the pool that RootCAs, CAFile and CAPEM make together, and without them that of the environment, if it
// counts; nil stands for the authorities of the system. With InsecureSkipVerify nobody would look at them, and no file is read.
func (t *Transport) authorities() (*x509.CertPool, error) {
	switch {
	case t.InsecureSkipVerify:
		return nil, nil
	case t.CAFile == "" && t.CAPEM == nil && t.RootCAs != nil:
		return t.RootCAs, nil
	case t.CAFile == "" && t.CAPEM == nil:
		return t.Env.authorities()
	}
	pool := x509.NewCertPool()
	if t.RootCAs != nil {
		pool = t.RootCAs.Clone()
	}
	if t.CAFile != "" {
		if err := addFile(pool, t.CAFile); err != nil {
			return nil, invalid(ErrAuthorities, "CAFile: %w", err)
		}
	}
	if t.CAPEM != nil {
		if err := addPEM(pool, t.CAPEM); err != nil {
			return nil, invalid(ErrAuthorities, "CAPEM: %w", err)
		}
	}
	return pool, nil
}

// addFile adds the certificates of a PEM file.
func addFile(pool *x509.CertPool, path string) error {
	b, err := readPEM(path)
	if err != nil {
		return err
	}
	if err := addPEM(pool, b); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// readPEM reads a file whole; its errors have the path.
func readPEM(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a directory: name a file in PEM form with all certificates in it", path)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxPEM+1))
	if err == nil && len(b) > maxPEM {
		err = fmt.Errorf("%s: longer than %d bytes", path, maxPEM)
	}
	return b, err
}

const (
	certificateBlock = "CERTIFICATE"
	certificateBegin = "-----BEGIN " + certificateBlock + "-----"
)

// addPEM adds all certificates of a bundle. Unlike [x509.CertPool.AppendCertsFromPEM] it passes over none that cannot be read:
// a bundle that is cut in the middle would trust less than its owner thinks.
func addPEM(pool *x509.CertPool, bundle []byte) error {
	blocks, err := certificateBlocks(bundle)
	if err != nil {
		return err
	}
	for i, der := range blocks {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return fmt.Errorf("certificate %d: %w", i+1, err)
		}
		pool.AddCert(c)
	}
	return nil
}

// certificateBlocks returns the contents of the blocks of certificates, of which there must be one. Text between the blocks and
// blocks of other types are nobody's concern.
func certificateBlocks(bundle []byte) (blocks [][]byte, err error) {
	begun := 0
	for line := range bytes.Lines(bundle) {
		if bytes.HasPrefix(line, []byte(certificateBegin)) {
			begun++
		}
	}
	for rest := bundle; ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		if b.Type == certificateBlock {
			blocks = append(blocks, b.Bytes)
		}
	}
	switch {
	case begun == 0 && len(blocks) == 0:
		return nil, errors.New("there is no certificate in it: want PEM, blocks between " + certificateBegin + " and the line that ends them")
	case begun > len(blocks):
		return nil, fmt.Errorf("%d of %d certificates are cut or garbled", begun-len(blocks), begun)
	}
	return blocks, nil
}
