package saving

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// File is a file that appears under its name once it is complete. Of Commit and Discard one must be called; calls after the
// first do nothing.
type File struct {
	temp     *os.File
	name     string
	reserved bool // name was made by New, and is empty until Commit
	direct   bool // temp is no temporary file but what the user named: a device, a pipe
	done     bool
}

// Create begins a file that replaces another of its name on Commit. A link stays, and what it leads to is replaced; a device or
// a pipe is written to as it is.
func Create(name string) (*File, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return begin(name)
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory", name)
	case !info.Mode().IsRegular():
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		return &File{temp: f, name: name, direct: true}, nil
	}
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return nil, err
	}
	return begin(target)
}

// maxNumber is up to which number New looks for a name that is free.
const maxNumber = 9999

// New begins a file that replaces none: if there is one of its name it takes "name-1.ext", "name-2.ext" and so on.
func New(name string) (*File, error) {
	extension := filepath.Ext(name)
	stem := strings.TrimSuffix(name, extension)
	for n := 0; n <= maxNumber; n++ {
		free := name
		if n > 0 {
			free = fmt.Sprintf("%s-%d%s", stem, n, extension)
		}
		f, err := os.OpenFile(free, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := f.Close(); err != nil {
			return nil, errors.Join(err, os.Remove(free))
		}
		out, err := begin(free)
		if err != nil {
			return nil, errors.Join(err, os.Remove(free))
		}
		out.reserved = true
		return out, nil
	}
	return nil, fmt.Errorf("%s and %d names like it are taken", name, maxNumber)
}

// begin makes the temporary file beside the one that it is going to be, so that renaming stays within a file system.
func begin(name string) (*File, error) {
	temp, err := os.CreateTemp(filepath.Dir(name), ".fpcheck-*.part")
	if err != nil {
		return nil, err
	}
	return &File{temp: temp, name: name}, nil
}

// Name returns the name that the file is going to have.
func (f *File) Name() string { return f.name }

// Write implements [io.Writer].
func (f *File) Write(b []byte) (int, error) { return f.temp.Write(b) }

// Commit gives the file its name.
func (f *File) Commit() error {
	if f.done {
		return nil
	}
	f.done = true
	if f.direct {
		return f.temp.Close()
	}
	// A temporary file is its owner's alone; a download has the rights that any new file has.
	err := f.temp.Chmod(f.mode())
	if err = errors.Join(err, f.temp.Close()); err == nil {
		err = os.Rename(f.temp.Name(), f.name)
	}
	if err != nil {
		return errors.Join(err, f.remove())
	}
	return nil
}

// mode returns the rights of the file that is replaced, else those of a new file.
func (f *File) mode() fs.FileMode {
	if info, err := os.Stat(f.name); err == nil {
		return info.Mode().Perm()
	}
	probe, err := os.OpenFile(f.temp.Name()+"~", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return 0o600
	}
	defer os.Remove(probe.Name())
	defer probe.Close()
	info, err := probe.Stat()
	if err != nil {
		return 0o600
	}
	return info.Mode().Perm()
}

// Discard leaves nothing of the file.
func (f *File) Discard() error {
	if f.done {
		return nil
	}
	f.done = true
	if f.direct {
		return f.temp.Close()
	}
	return errors.Join(f.temp.Close(), f.remove())
}

func (f *File) remove() error {
	err := os.Remove(f.temp.Name())
	if f.reserved {
		err = errors.Join(err, os.Remove(f.name))
	}
	return err
}
