//go:build linux && !386 && !s390x

package fpserver

import (
	"net"
	"syscall"
	"unsafe"
)

// Options of a TCP socket, from linux/tcp.h: a listener that has tcpSaveSYN set keeps the headers of each SYN, and the
// connection gives them away once. No privileges are needed.
const (
	tcpSaveSYN  = 27
	tcpSavedSYN = 28
)

// maxSYN is the room for the headers: 40 bytes of IPv6, its extension headers, 60 bytes of TCP.
const maxSYN = 512

// keepSYN has a listener keep the SYN segments. That a system does not know how is no error.
func keepSYN(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) { syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpSaveSYN, 1) })
}

// takeSYN returns what the SYN of an accepted connection shows; nil when the system has not kept it, as when it
// answered with SYN cookies.
func takeSYN(c net.Conn) *TCP {
	conn, ok := c.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil
	}
	var buf [maxSYN]byte
	n := uint32(len(buf))
	var errno syscall.Errno
	err = raw.Control(func(fd uintptr) {
		_, _, errno = syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, syscall.IPPROTO_TCP, tcpSavedSYN,
			uintptr(unsafe.Pointer(&buf)), uintptr(unsafe.Pointer(&n)), 0)
	})
	if err != nil || errno != 0 || n > maxSYN {
		return nil
	}
	t, err := parseSYN(buf[:n])
	if err != nil {
		return nil
	}
	return t
}
