//go:build !linux

package interop

import (
	"os"
	"syscall"
	"testing"
)

func processAttr() *syscall.SysProcAttr { return nil }

func asNobody(*testing.T, ...string) *syscall.SysProcAttr { return nil }

// The servers run in one process each, so it is enough to end that.

func terminate(p *os.Process) { p.Signal(os.Interrupt) }

func kill(p *os.Process) { p.Kill() }
