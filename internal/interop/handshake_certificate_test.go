package interop

import (
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/wirelike/wirelike/internal/testnet"
)

// clientName is the name in the certificate of the client.
const clientName = "alice"

// serverFiles are those of a server, with the authority that signs the certificates of its clients.
type serverFiles struct {
	files
	client string
	log    string // what a server has said that does so into a file
}

// checkLog compares how many sessions were resumed with what the server counted, if it has a log. That is complete when
// the server has ended.
func (f serverFiles) checkLog(t *testing.T, resumed int) {
	t.Helper()
	log, err := os.ReadFile(f.log)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if n := bytes.Count(log, []byte("This is a resumed session")); err != nil || n != resumed {
		t.Errorf("the server resumed %d sessions, want %d: %v\n%s", n, resumed, err, log[max(0, len(log)-2000):])
	}
}

// clientFiles makes the files of a server and of a client; certificate returns what the client has to show for a
// handshake: one that the server did not ask for, too, and the right one behind it.
func clientFiles(t *testing.T, ca *testnet.CA) (certificate func(handshake) []tls.Certificate, f serverFiles) {
	t.Helper()
	alice, mallory := testnet.Person(t, clientName), testnet.Person(t, "mallory")
	f.files = writeFiles(t, ca.Leaf())
	f.log = filepath.Join(f.dir, "log")
	f.client = f.write(t, "client.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: alice.Certificate[0]}))
	return func(h handshake) []tls.Certificate {
		if h.client {
			return []tls.Certificate{mallory, alice}
		}
		return nil
	}, f
}
