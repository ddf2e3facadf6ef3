package tlsdial

import utls "github.com/refraction-networking/utls"

// neutral makes a connection with the hello of the Go standard library, as utls has it, and its dynamic record sizes.
func neutral(w *wire, alpn []string) *utls.UConn {
	w.config.NextProtos = alpn
	return utls.UClient(w, w.config, utls.HelloGolang)
}
