package fpserver

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"strconv"

	"github.com/wirelike/wirelike/fingerprint"
)

// The answers in the shape of tls.peet.ws (https://github.com/pagpeter/TrackMe). Names are the same, values are right:
// fields in wire order with their quotes, JA4 as its definition has it.
type (
	trackReport struct {
		IP          string      `json:"ip"`
		HTTPVersion string      `json:"http_version"`
		Method      string      `json:"method"`
		UserAgent   string      `json:"user_agent,omitempty"`
		TLS         *trackHello `json:"tls"`
		HTTP1       *trackHTTP1 `json:"http1,omitempty"`
		HTTP2       *trackHTTP2 `json:"http2,omitempty"`
		TCPIP       *trackTCPIP `json:"tcpip,omitempty"`
	}
	trackHTTP1 struct {
		Headers []string `json:"headers"`
	}
	trackHTTP2 struct {
		Akamai     string       `json:"akamai_fingerprint"`
		AkamaiHash string       `json:"akamai_fingerprint_hash"`
		Frames     []trackFrame `json:"sent_frames"`
	}
	trackTCPIP struct {
		DstPort int `json:"dst_port"`
		SrcPort int `json:"src_port"`
		IP      struct {
			Version int    `json:"ip_version"`
			Dst     string `json:"dst_ip"`
			Src     string `json:"src_ip"`
		} `json:"ip"`
	}
	trackCleanReport struct {
		JA3           string `json:"ja3"`
		JA3Hash       string `json:"ja3_hash"`
		JA4           string `json:"ja4"`
		JA4R          string `json:"ja4_r"`
		Akamai        string `json:"akamai"`
		AkamaiHash    string `json:"akamai_hash"`
		PeetPrint     string `json:"peetprint"`
		PeetPrintHash string `json:"peetprint_hash"`
		HTTPVersion   string `json:"http_version"`
	}
	trackRawReport struct {
		Raw       string `json:"raw"`
		RawBase64 string `json:"raw_b64"`
	}
)

func httpVersion(r *http.Request) string {
	if r.ProtoMajor == 2 {
		return "h2"
	}
	return r.Proto
}

// trackAll serves /api/all.
func (s *Server) trackAll(w http.ResponseWriter, r *http.Request) {
	if _, err := s.drain(w, r, nil); err != nil {
		return
	}
	c, info := FromContext(r.Context())
	f, _ := c.view(info.Index, 1) // what could not be read is empty
	sums := sumsOf(f)
	out := trackReport{
		IP: c.RemoteAddr.String(), HTTPVersion: httpVersion(r), Method: r.Method, UserAgent: r.UserAgent(),
		TLS: trackHelloOf(c, f, sums), TCPIP: trackAddresses(c),
	}
	switch {
	case info.Stream != 0:
		out.HTTP2 = &trackHTTP2{Akamai: sums["akamai"].Text, AkamaiHash: sums["akamai"].Hash, Frames: c.trackFrames(info)}
	case info.head != nil:
		out.HTTP1 = &trackHTTP1{Headers: headerLines(info.Fields())}
	}
	writeJSON(w, http.StatusOK, out)
}

// trackTLS serves /api/tls.
func (s *Server) trackTLS(w http.ResponseWriter, r *http.Request) {
	if _, err := s.drain(w, r, nil); err != nil {
		return
	}
	c, info := FromContext(r.Context())
	f, _ := c.view(info.Index, 1)
	writeJSON(w, http.StatusOK, struct {
		TLS *trackHello `json:"tls"`
	}{trackHelloOf(c, f, sumsOf(f))})
}

// trackClean serves /api/clean.
func (s *Server) trackClean(w http.ResponseWriter, r *http.Request) {
	if _, err := s.drain(w, r, nil); err != nil {
		return
	}
	c, info := FromContext(r.Context())
	f, _ := c.view(info.Index, 1)
	sums := sumsOf(f)
	out := trackCleanReport{
		JA3: sums["ja3"].Text, JA3Hash: sums["ja3"].Hash, JA4: sums["ja4"].Hash, JA4R: sums["ja4"].Text,
		Akamai: sums["akamai"].Text, AkamaiHash: sums["akamai"].Hash,
		PeetPrint: sums["peetprint"].Text, PeetPrintHash: sums["peetprint"].Hash, HTTPVersion: httpVersion(r),
	}
	if r.ProtoMajor < 2 {
		out.Akamai, out.AkamaiHash = "-", "-"
	}
	writeJSON(w, http.StatusOK, out)
}

// trackRaw serves /api/raw.
func (s *Server) trackRaw(w http.ResponseWriter, r *http.Request) {
	if _, err := s.drain(w, r, nil); err != nil {
		return
	}
	c, _ := FromContext(r.Context())
	hellos, _ := c.rawTLS()
	out := trackRawReport{}
	if len(hellos) > 0 {
		out = trackRawReport{Raw: hex.EncodeToString(hellos[0]), RawBase64: base64.StdEncoding.EncodeToString(hellos[0])}
	}
	writeJSON(w, http.StatusOK, out)
}

func headerLines(fields []fingerprint.Field) []string {
	out := []string{}
	for _, f := range fields {
		out = append(out, f.Name+": "+f.Value)
	}
	return out
}

func trackAddresses(c *Conn) *trackTCPIP {
	src, ok1 := c.RemoteAddr.(*net.TCPAddr)
	dst, ok2 := c.local.(*net.TCPAddr)
	if !ok1 || !ok2 {
		return nil
	}
	t := &trackTCPIP{DstPort: dst.Port, SrcPort: src.Port}
	t.IP.Version, t.IP.Dst, t.IP.Src = 6, dst.IP.String(), src.IP.String()
	if src.IP.To4() != nil {
		t.IP.Version = 4
	}
	return t
}

// trackHello is the "tls" part.
type trackHello struct {
	Ciphers           []string         `json:"ciphers"`
	Extensions        []map[string]any `json:"extensions"`
	VersionRecord     string           `json:"tls_version_record"`
	VersionNegotiated string           `json:"tls_version_negotiated"`
	JA3               string           `json:"ja3"`
	JA3Hash           string           `json:"ja3_hash"`
	JA4               string           `json:"ja4"`
	JA4R              string           `json:"ja4_r"`
	PeetPrint         string           `json:"peetprint"`
	PeetPrintHash     string           `json:"peetprint_hash"`
	ClientRandom      string           `json:"client_random"`
	SessionID         string           `json:"session_id"`
}

func trackHelloOf(c *Conn, f *fingerprint.Fingerprint, sums sumsByName) *trackHello {
	hellos, _ := c.rawTLS()
	h := f.TLS
	if h == nil || len(hellos) == 0 {
		return nil
	}
	out := &trackHello{
		Ciphers: []string{}, Extensions: []map[string]any{},
		VersionRecord:     strconv.Itoa(int(h.Version)),
		VersionNegotiated: strconv.Itoa(int(c.TLS().Version)),
		JA3:               sums["ja3"].Text, JA3Hash: sums["ja3"].Hash, JA4: sums["ja4"].Hash, JA4R: sums["ja4"].Text,
		PeetPrint: sums["peetprint"].Text, PeetPrintHash: sums["peetprint"].Hash,
		ClientRandom: hex.EncodeToString(hellos[0][6:38]),
		SessionID:    hex.EncodeToString(hellos[0][39 : 39+h.SessionIDLength]),
	}
	for _, id := range h.CipherSuites {
		if id.IsGREASE() {
			out.Ciphers = append(out.Ciphers, fmt.Sprintf("TLS_GREASE (0x%04X)", uint16(id)))
			continue
		}
		out.Ciphers = append(out.Ciphers, cipherName(id))
	}
	bodies := extensionBodies(hellos[0])
	for i := range h.Extensions {
		out.Extensions = append(out.Extensions, trackExtension(&h.Extensions[i], bodies[i]))
	}
	return out
}
