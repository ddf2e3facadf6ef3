//go:build !linux || 386 || s390x

package fpserver

import (
	"net"
	"syscall"
)

// keepSYN does nothing: the system has no such option, or package syscall no way to ask for it.
func keepSYN(_, _ string, _ syscall.RawConn) error { return nil }

func takeSYN(net.Conn) *TCP { return nil }
