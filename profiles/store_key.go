package profiles

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// keyPrefix begins each key.
const keyPrefix = "imp_"

// Key returns the key for [Store.Update]: the variable IMPERSONATE_API_KEY, else that of config.json, else none. As in the
// reference library, a broken config.json has none.
func (s *Store) Key() string {
	if key := os.Getenv("IMPERSONATE_API_KEY"); key != "" {
		return key
	}
	_, config, err := s.config()
	if err != nil {
		return ""
	}
	var key string
	if json.Unmarshal(config["api_key"], &key) != nil {
		return ""
	}
	return key
}

// SetKey keeps the key in config.json, with the time as update_time (RFC 3339, UTC); other members stay as they are. A key
// begins with "imp_" and has visible ASCII characters only; errors do not repeat it. A config.json that cannot be read is an
// error, and stays.
func (s *Store) SetKey(key string) error {
	if !strings.HasPrefix(key, keyPrefix) || key == keyPrefix {
		return fmt.Errorf("profiles: store: a key begins with %s", keyPrefix)
	}
	if err := checkKey(key); err != nil {
		return err
	}
	path, config, err := s.config()
	if err != nil {
		return err
	}
	if config == nil {
		config = map[string]json.RawMessage{}
	}
	now := s.Now
	if now == nil {
		now = time.Now
	}
	for name, value := range map[string]string{"api_key": key, "update_time": now().UTC().Format(time.RFC3339)} {
		if config[name], err = json.Marshal(value); err != nil {
			return fmt.Errorf("profiles: store: %w", err)
		}
	}
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return fmt.Errorf("profiles: store: %w", err)
	}
	return writeStoreFile(filepath.Dir(path), configFile, append(text, '\n'))
}

// checkKey refuses what cannot stand in a header field.
func checkKey(key string) error {
	if strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("profiles: store: the key has characters other than visible ASCII ones")
	}
	return nil
}

func (s *Store) config() (path string, members map[string]json.RawMessage, err error) {
	dir, err := s.dir()
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, configFile)
	text, err := readStoreFile(path, maxConfigFile)
	if err != nil || text == nil {
		return path, nil, err
	}
	if members, err = readObject(text); err != nil {
		return path, nil, fmt.Errorf("profiles: %s: %w", path, err)
	}
	return path, members, nil
}
