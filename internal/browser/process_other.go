//go:build !linux

package browser

import (
	"os"
	"syscall"
)

func processAttr() *syscall.SysProcAttr { return nil }

// killTree kills the main process; the others end when they lose it.
func killTree(p *os.Process) {
	_ = p.Kill() // fails only when it has ended
}
