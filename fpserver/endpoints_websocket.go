package fpserver

import "net/http"

// echoWebSocket sends the messages of a WebSocket back, with the defaults of wsecho and without compression, to pages of
// all origins. The handshake belongs to the recording like any request; of what follows, the first 4 KiB do.
func (s *Server) echoWebSocket(w http.ResponseWriter, r *http.Request) { s.sockets.ServeHTTP(w, r) }
