package profiles

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// StoreDir returns the directory in which the reference library keeps its store, too: the variable IMPERSONATE_CONFIG_DIR; else
// "impersonate" in APPDATA, or in AppData\Roaming of USERPROFILE or of the home directory, on Windows; elsewhere in
// XDG_CONFIG_HOME, or in .config of the home directory. An empty variable counts as none. A relative XDG_CONFIG_HOME, which the
// XDG specification forbids, is an error.
func StoreDir() (string, error) {
	return storeDir(runtime.GOOS, os.Getenv, os.UserHomeDir)
}

func storeDir(system string, getenv func(string) string, home func() (string, error)) (string, error) {
	if dir := getenv("IMPERSONATE_CONFIG_DIR"); dir != "" {
		return dir, nil
	}
	variable, below := "XDG_CONFIG_HOME", []string{".config"}
	if system == "windows" {
		variable, below = "APPDATA", []string{"AppData", "Roaming"}
	}
	base := getenv(variable)
	switch {
	case base != "" && system != "windows" && !filepath.IsAbs(base):
		return "", fmt.Errorf("profiles: store: XDG_CONFIG_HOME is the relative path %q", base)
	case base == "":
		if system == "windows" {
			base = getenv("USERPROFILE")
		}
		if base == "" {
			var err error
			if base, err = home(); err != nil {
				return "", fmt.Errorf("profiles: store: no directory: %w", err)
			}
		}
		base = filepath.Join(append([]string{base}, below...)...)
	}
	return filepath.Join(base, "impersonate"), nil
}

// dir returns the directory of the store.
func (s *Store) dir() (string, error) {
	if s.Dir != "" {
		return s.Dir, nil
	}
	return StoreDir()
}
