package browser

import (
	"os"
	"syscall"
)

// processAttr puts a browser into a process group of its own, so that it can be killed with its children, and ties its
// life to ours, so that a test that is killed leaves no browser behind.
func processAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func killTree(p *os.Process) {
	_ = syscall.Kill(-p.Pid, syscall.SIGKILL) // fails only when all have ended
}
