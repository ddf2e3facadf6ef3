package profiles

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
)

// Store is a directory with profiles of one's own, in the files of the reference library (curl_cffi): fingerprints.json, an
// object of names and fingerprints, and config.json, with the key of a service that gives them; see [Store.Update]. An entry is
// a Fingerprint of that library, read as [FromCurlImpersonate] does, or, if it has a member "schema", a profile of this module
// under its own name.
//
// A directory or file that is not there is an empty store. Nothing is cached: each call reads the files as they are. Files are
// replaced as a whole, so that several readers and one writer, in any number of processes, need no lock; of two writers at the
// same time the last one wins. The zero value is ready for use, and a Store must not be modified while it is used.
type Store struct {
	// Dir is the directory; empty: that of [StoreDir]. It is made, with mode 0700, when something is first written.
	Dir string
	// Now is the clock of the time stamp in config.json; nil: [time.Now].
	Now func() time.Time
}

const (
	fingerprintsFile = "fingerprints.json"
	configFile       = "config.json"
	maxStoreFile     = 64 << 20 // bytes of fingerprints.json
	maxConfigFile    = 1 << 20  // bytes of config.json
)

// withoutEffect are the members of the library's Fingerprint that say nothing about a TCP connection of this module. They may
// stand in an entry; [Listed] names them.
var withoutEffect = []string{
	"header_lang", "http3_header_order", "http3_headers", "http3_pseudo_headers_order", "http3_settings",
	"http3_tls_extension_order", "http3_tls_supported_groups", "quic_cid_length", "quic_transport_parameters", "ws_header_order", "ws_headers",
}

// Load reads all profiles of the store, by name; they belong to the caller. It is strict: a malformed file, an unknown or
// repeated member, a wrong type, or a value that cannot be honoured is an error, with the path of the file, the name of the
// entry and the member.
func (s *Store) Load() (map[string]*Profile, error) {
	path, entries, err := s.entries()
	if err != nil {
		return nil, err
	}
	out := make(map[string]*Profile, len(entries))
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		e, err := readEntry(name, entries[name], true)
		if err != nil {
			return nil, storeError(path, name, err)
		}
		out[name] = e.profile
	}
	return out, nil
}

// LoadLenient is [Store.Load] for a file that a newer library wrote: unknown members are ignored, and an entry that cannot be
// read is left out. skipped says why, one error per entry, sorted by name. err is about the file as a whole.
func (s *Store) LoadLenient() (found map[string]*Profile, skipped []error, err error) {
	path, entries, err := s.entries()
	if err != nil {
		return nil, nil, err
	}
	found = make(map[string]*Profile, len(entries))
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		e, err := readEntry(name, entries[name], false)
		if err != nil {
			skipped = append(skipped, storeError(path, name, err))
			continue
		}
		found[name] = e.profile
	}
	return found, skipped, nil
}

// Lookup reads one profile, which belongs to the caller, as strictly as [Store.Load]; other entries may be broken. Names are
// case-sensitive. The error for a name that is not in the store is an [*UnknownError].
func (s *Store) Lookup(name string) (*Profile, error) {
	path, entries, err := s.entries()
	if err != nil {
		return nil, err
	}
	raw, ok := entries[name]
	if !ok {
		return nil, &UnknownError{Name: name, Near: near(name, slices.Sorted(maps.Keys(entries)))}
	}
	e, err := readEntry(name, raw, true)
	if err != nil {
		return nil, storeError(path, name, err)
	}
	return e.profile, nil
}

// Names returns the names in the store, sorted.
func (s *Store) Names() ([]string, error) {
	_, entries, err := s.entries()
	return slices.Sorted(maps.Keys(entries)), err
}

// entries reads fingerprints.json down to its entries, and says where it is.
func (s *Store) entries() (path string, entries map[string]json.RawMessage, err error) {
	dir, err := s.dir()
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, fingerprintsFile)
	text, err := readStoreFile(path, maxStoreFile)
	if err != nil || text == nil {
		return path, nil, err
	}
	if entries, err = readObject(text); err != nil {
		return path, nil, fmt.Errorf("profiles: %s: %w", path, err)
	}
	return path, entries, nil
}

// readObject takes a JSON object apart, in which no name may stand twice.
func readObject(text []byte) (members map[string]json.RawMessage, err error) {
	if text = bytes.TrimSpace(text); len(text) > 0 && text[0] != '{' {
		return nil, errors.New("want an object")
	}
	return members, fingerprint.DecodeStrict(text, &members)
}

// storeEntry is one profile of a store.
type storeEntry struct {
	profile *Profile
	// system and systemVersion are what the entry says of the system, apart.
	system, systemVersion string
	ignored               []string
}

func readEntry(name string, text []byte, strict bool) (storeEntry, error) {
	members, err := readObject(text)
	if err != nil {
		return storeEntry{}, err
	}
	if _, own := members["schema"]; own {
		p, err := Parse(text)
		if err == nil && p.Name != name {
			err = fmt.Errorf("name: the profile calls itself %q", p.Name)
		}
		if err != nil {
			return storeEntry{}, err
		}
		return storeEntry{profile: p, system: p.Browser.OS}, nil
	}
	p, ignored, err := FromCurlImpersonate(name, text)
	if err != nil {
		return storeEntry{}, errors.Unwrap(err) // the name is told by the caller
	}
	for _, key := range ignored {
		if strict && !slices.Contains(withoutEffect, key) {
			return storeEntry{}, fmt.Errorf("%.80s: %w", key, fingerprint.ErrUnknownField)
		}
	}
	e := storeEntry{profile: p, ignored: ignored}
	for key, to := range map[string]*string{"os": &e.system, "os_version": &e.systemVersion} {
		if raw, ok := members[key]; ok {
			if err := json.Unmarshal(raw, to); err != nil {
				return storeEntry{}, fmt.Errorf("%s: %w", key, err)
			}
		}
	}
	return e, nil
}

func storeError(path, name string, err error) error {
	return fmt.Errorf("profiles: %s: %.80q: %w", path, name, err)
}
