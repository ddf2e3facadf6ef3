package profiles

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// Errors of [Store.Update], for errors.Is.
var (
	// ErrStoreUpdate holds for every error of an update: the store is as it was.
	ErrStoreUpdate = errors.New("profiles: the store was not updated")
	// ErrNoRoot says that nothing tells where from: this module has no address of a service.
	ErrNoRoot = errors.New("no source: set UpdateOptions.Root or From, or IMPERSONATE_API_ROOT")
)

// StoreUpdateError is an [ErrStoreUpdate] with its cause.
type StoreUpdateError struct {
	// URL is what was asked, or the path of a file, without a password; empty when it did not come to that.
	URL string
	Err error
}

func (e *StoreUpdateError) Error() string {
	if e.URL == "" {
		return fmt.Sprintf("%v: %v", ErrStoreUpdate, e.Err)
	}
	return fmt.Sprintf("%v: %s: %v", ErrStoreUpdate, e.URL, e.Err)
}

// Unwrap returns [ErrStoreUpdate] and Err.
func (e *StoreUpdateError) Unwrap() []error { return []error{ErrStoreUpdate, e.Err} }

// UpdateOptions say where new profiles come from: either a service or a file.
type UpdateOptions struct {
	// Root is the URL of a service, to which "/fingerprints" is added. Empty, with From empty: the variable IMPERSONATE_API_ROOT.
	Root string
	// From is a directory with a fingerprints.json, or the URL (http, https) of such a file.
	From string
	// SHA256 is the sum, in hexadecimal digits, that the file of From must have. Empty: the sum is in a file beside it, of the
	// same name and ".sha256", as sha256sum writes it; that shows damage, but no forgery.
	SHA256 string
}

// What an update takes at most.
const (
	pageLimit    = 100     // entries that are asked for at a time
	maxPage      = 8 << 20 // bytes of one answer of a service
	maxPages     = 1000
	maxEntryName = 200 // bytes
	askTimeout   = time.Minute
)

// Update replaces fingerprints.json, all of it, by what the source of o (nil: the variables) has, and returns how many entries
// that is. Entries must be objects with a name; what is in them is judged when they are read. Every error is a
// [*StoreUpdateError], and leaves the store as it was.
//
// A service is asked with the key of [Store.Key], if there is one, page by page. It is not followed to another address, so that
// the key stays with the root. hc nil means a client with a timeout of one minute per request; any other has its own, and ctx
// bounds the whole.
func (s *Store) Update(ctx context.Context, hc *http.Client, o *UpdateOptions) (int, error) {
	if o == nil {
		o = &UpdateOptions{}
	}
	if hc == nil {
		hc = &http.Client{Timeout: askTimeout}
	}
	dir, err := s.dir()
	if err != nil {
		return 0, &StoreUpdateError{Err: err}
	}
	var entries map[string]json.RawMessage
	root := o.Root
	switch {
	case o.From != "" && o.Root != "":
		err = &StoreUpdateError{Err: errors.New("both Root and From are set")}
	case o.From != "":
		entries, err = readSource(ctx, hc, o.From, o.SHA256)
	case o.SHA256 != "":
		err = &StoreUpdateError{Err: errors.New("SHA256 is about a file, but From is empty")}
	default:
		if root == "" {
			root = os.Getenv("IMPERSONATE_API_ROOT")
		}
		entries, err = readService(ctx, hc, root, s.Key(), maxStoreFile)
	}
	if err != nil {
		return 0, err
	}
	text, err := json.MarshalIndent(entries, "", "  ")
	if err == nil && len(text) >= maxStoreFile {
		err = fmt.Errorf("more than %d bytes", maxStoreFile)
	}
	if err == nil {
		err = writeStoreFile(dir, fingerprintsFile, append(text, '\n'))
	}
	if err != nil {
		return 0, &StoreUpdateError{URL: filepath.Join(dir, fingerprintsFile), Err: err}
	}
	return len(entries), nil
}

// readURL checks that text is the address of something on the web.
func readURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		var inner *url.Error
		if errors.As(err, &inner) {
			err = inner.Err // the text may have a password
		}
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("want a URL that begins with http:// or https://")
	}
	return u, nil
}

// ask fetches u. Errors name the URL.
func ask(ctx context.Context, hc *http.Client, u *url.URL, key string, limit int64) ([]byte, error) {
	b, err := func() ([]byte, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
		if err != nil {
			return nil, err
		}
		if key != "" {
			r.Header.Set("Authorization", "Bearer "+key)
		}
		answer, err := hc.Do(r)
		if err != nil {
			var inner *url.Error
			if errors.As(err, &inner) {
				err = inner.Err // the URL is told below
			}
			return nil, err
		}
		defer func() { _ = answer.Body.Close() }() // all that is needed has been read
		if answer.StatusCode != http.StatusOK {
			text, _ := readAtMost(answer.Body, 200) // what there is of it, as a hint
			return nil, fmt.Errorf("status %d: %.200q", answer.StatusCode, text)
		}
		return readAtMost(answer.Body, limit)
	}()
	if err != nil {
		return nil, &StoreUpdateError{URL: u.Redacted(), Err: err}
	}
	return b, nil
}
