package profiles

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// readStoreFile reads a file of at most limit bytes; nil if there is none.
func readStoreFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("profiles: store: %w", err) // has the path
	}
	defer func() { _ = f.Close() }() // read only
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() && info.Size() > limit {
		err = fmt.Errorf("%d bytes, more than %d", info.Size(), limit)
	}
	var text []byte
	if err == nil {
		text, err = readAtMost(f, limit)
	}
	if err != nil {
		return nil, fmt.Errorf("profiles: %s: %w", path, err)
	}
	return text, nil
}

// readAtMost reads all of r, which may have limit bytes. The result is never nil without an error.
func readAtMost(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("more than %d bytes", limit)
	}
	return b, err
}

// writeStoreFile replaces dir/name by a file that its owner alone may read. Whoever reads meanwhile, or after a failure, sees
// the old file or the new one and nothing between.
func writeStoreFile(dir, name string, text []byte) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("profiles: store: %w", err)
		}
	}()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, name+".*.tmp") // with mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync() // a crash must not leave the new name without the new bytes
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
