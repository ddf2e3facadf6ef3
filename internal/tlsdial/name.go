package tlsdial

import (
	"errors"
	"net/netip"
	"strings"
)

// serverName returns host as the handshake wants it: an IP address without brackets and zone, anything else as it is. A
// name that could not go on the wire as it is written is an error.
func serverName(host string, insecure bool) (string, error) {
	if host == "" {
		if insecure {
			return "", nil
		}
		return "", errNoHost
	}
	bare := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if a, err := netip.ParseAddr(bare); err == nil {
		return a.WithZone("").String(), nil
	}
	if len(host) > 254 { // 253 and a final dot (RFC 1035 §2.3.4)
		return "", errors.New("host name of more than 253 bytes")
	}
	for i := range len(host) {
		if c := host[i]; c <= ' ' || c > '~' {
			return "", errors.New("host name is not printable ASCII")
		}
	}
	return host, nil
}
