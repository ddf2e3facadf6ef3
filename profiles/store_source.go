package profiles

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// readSource reads a fingerprints.json from a directory or the web, and believes it only with its sum.
func readSource(ctx context.Context, hc *http.Client, from, sum string) (map[string]json.RawMessage, error) {
	place := filepath.Join(from, fingerprintsFile)
	read := func(suffix string, limit int64) ([]byte, error) {
		text, err := readStoreFile(place+suffix, limit)
		if err == nil && text == nil {
			err = os.ErrNotExist
		}
		if err != nil {
			return nil, &StoreUpdateError{URL: place + suffix, Err: err}
		}
		return text, nil
	}
	if strings.Contains(from, "://") {
		u, err := readURL(from)
		if err != nil {
			return nil, &StoreUpdateError{Err: err}
		}
		place = u.Redacted()
		read = func(suffix string, limit int64) ([]byte, error) {
			beside := *u
			beside.Path, beside.RawPath = u.Path+suffix, ""
			return ask(ctx, hc, &beside, "", limit)
		}
	}
	if sum == "" {
		text, err := read(".sha256", 4<<10)
		if err != nil {
			return nil, err
		}
		if fields := strings.Fields(string(text)); len(fields) > 0 {
			sum = fields[0]
		}
	}
	text, err := read("", maxStoreFile)
	if err != nil {
		return nil, err
	}
	entries, err := checkSource(text, sum)
	if err != nil {
		return nil, &StoreUpdateError{URL: place, Err: err}
	}
	if err := ctx.Err(); err != nil {
		return nil, &StoreUpdateError{URL: place, Err: err}
	}
	return entries, nil
}

// checkSource compares the sum, and then the shape of the entries.
func checkSource(text []byte, sum string) (map[string]json.RawMessage, error) {
	want, err := hex.DecodeString(sum)
	if err != nil || len(want) != sha256.Size {
		return nil, fmt.Errorf("%.80q is no SHA-256", sum)
	}
	if got := sha256.Sum256(text); string(got[:]) != string(want) {
		return nil, fmt.Errorf("SHA-256 is %x, not %x", got, want)
	}
	entries, err := readObject(text)
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, errors.New("no fingerprints")
	}
	for name, body := range entries {
		if err := checkEntry(name, body); err != nil {
			return nil, err
		}
	}
	return entries, nil
}
