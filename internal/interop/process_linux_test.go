package interop

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// processAttr puts a server into a process group of its own, so that it is stopped with its children, and ties its life
// to ours, so that a test that is killed leaves no server behind.
func processAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// asNobody returns the attributes of a server that refuses to be root and may use the directories, which tests made. It
// is nobody from the start when the test is root: a server that changes its user itself is no longer tied to our life.
func asNobody(t *testing.T, dirs ...string) *syscall.SysProcAttr {
	t.Helper()
	attr := processAttr()
	if os.Geteuid() != 0 {
		return attr
	}
	const nobody = 65534
	attr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	for _, dir := range dirs {
		err := os.Chmod(filepath.Dir(dir), 0o755)
		if err == nil {
			err = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
				if err == nil {
					err = os.Chown(path, nobody, nobody)
				}
				return err
			})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return attr
}

// Both fail only when all have ended.

func terminate(p *os.Process) { syscall.Kill(-p.Pid, syscall.SIGTERM) }

func kill(p *os.Process) { syscall.Kill(-p.Pid, syscall.SIGKILL) }
