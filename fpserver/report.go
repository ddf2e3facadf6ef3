package fpserver

import (
	"crypto/tls"
	"errors"
	"net/http"

	"github.com/wirelike/wirelike/fingerprint"
)

// ReportSchema names the version of the form of [Report].
const ReportSchema = "wirelike/report/1"

// reportRequests is how many requests of a connection a report shows; the one that asks is always in Report.Request.
const reportRequests = 16

// Report is the native report: what the connection of the request that asks for it has shown up to that request.
type Report struct {
	// Schema is [ReportSchema].
	Schema     string           `json:"schema"`
	Connection ReportConnection `json:"connection"`
	Request    ReportRequest    `json:"request"`
	// Fingerprint is the model of the connection up to this request, with its first 16 requests at most.
	Fingerprint *fingerprint.Fingerprint `json:"fingerprint"`
	// Sums are the names that the algorithms of package fingerprint give to it.
	Sums []ReportSum `json:"sums"`
	// Nearest is the embedded profile that the connection resembles most.
	Nearest *ReportProfile `json:"nearest,omitempty"`
	Raw     ReportRaw      `json:"raw"`
	// Error tells what could not be read.
	Error string `json:"error,omitempty"`
}

// ReportConnection is the connection of a [Report].
type ReportConnection struct {
	ID     int    `json:"id"`
	Remote string `json:"remote"`
	// TCP is what the client's SYN segment shows; null where the system does not tell.
	TCP *TCP `json:"tcp"`
	// TLS is null on a server without TLS.
	TLS *ReportTLS `json:"tls"`
}

// ReportTLS is what the handshake agreed on.
type ReportTLS struct {
	// Version is "TLS 1.3" or "TLS 1.2".
	Version string `json:"version"`
	// Cipher is the IANA name of the cipher suite.
	Cipher string `json:"cipher"`
	// Group is the group of the key exchange: "X25519MLKEM768"; empty for a key exchange without one.
	Group string `json:"group"`
	ALPN  string `json:"alpn"`
	// Resumed tells whether the session was resumed from a ticket.
	Resumed bool `json:"resumed"`
	// HRR tells whether the server had to ask for another key share with a HelloRetryRequest.
	HRR bool `json:"hrr"`
}

// ReportRequest is the request of a [Report].
type ReportRequest struct {
	// Index counts the requests of the connection, from 0; -1 when the server lost track of it.
	Index int `json:"index"`
	// Stream is the HTTP/2 stream.
	Stream uint32 `json:"stream,omitempty"`
	Method string `json:"method"`
	// Path is the request target: path and query.
	Path string `json:"path"`
	// Proto is "HTTP/1.1" or "HTTP/2.0".
	Proto string `json:"proto"`
	// Priority is the one in the HTTP/2 HEADERS frame.
	Priority *fingerprint.Priority `json:"priority,omitempty"`
	// Fields are in wire order and case; for HTTP/2 with the pseudo-header fields. Null when the server lost track.
	Fields []fingerprint.Field `json:"fields"`
}

// ReportSum is what one algorithm of [fingerprint.Algorithms] says.
type ReportSum struct {
	Name string `json:"name"`
	// Text is the readable form, Hash the name proper.
	Text string `json:"text"`
	Hash string `json:"hash"`
	// Error says why the other two are empty.
	Error string `json:"error,omitempty"`
}

// ReportRaw is raw bytes.
type ReportRaw struct {
	// Hellos are the ClientHello messages, two after a HelloRetryRequest; null without TLS, as are Records.
	Hellos  []fingerprint.Hex    `json:"hellos"`
	Records []fingerprint.Record `json:"records"`
	// Head is the HTTP/1.x request head; null for HTTP/2 and when the server lost track of the connection.
	Head *fingerprint.Hex `json:"head"`
}

func tlsReport(s *tls.ConnectionState) *ReportTLS {
	if s == nil {
		return nil
	}
	r := &ReportTLS{
		Version: tls.VersionName(s.Version), Cipher: cipherName(fingerprint.ID(s.CipherSuite)),
		ALPN: s.NegotiatedProtocol, Resumed: s.DidResume, HRR: s.HelloRetryRequest,
	}
	if s.CurveID != 0 {
		r.Group = groupName(fingerprint.ID(s.CurveID))
	}
	return r
}

func reportSums(f *fingerprint.Fingerprint) []ReportSum {
	var out []ReportSum
	for _, r := range fingerprint.Sums(f) {
		sum := ReportSum{Name: r.Name, Text: r.Text, Hash: r.Hash}
		if r.Err != nil {
			sum.Error = r.Err.Error()
		}
		out = append(out, sum)
	}
	return out
}

// newReport makes the report for a request to the server.
func newReport(r *http.Request) *Report {
	c, info := FromContext(r.Context())
	f, err := c.view(info.Index, reportRequests)
	out := &Report{
		Schema:      ReportSchema,
		Connection:  ReportConnection{ID: c.ID, Remote: c.RemoteAddr.String(), TCP: c.TCP, TLS: tlsReport(c.TLS())},
		Request:     ReportRequest{Index: info.Index, Stream: info.Stream, Method: r.Method, Path: r.RequestURI, Proto: r.Proto},
		Fingerprint: f,
		Sums:        reportSums(f),
		Nearest:     c.nearest(f),
	}
	if q := info.Request(); q != nil {
		out.Request.Fields, out.Request.Priority = q.Fields, q.Priority
	}
	if h := info.Head(); h != nil {
		out.Request.Fields = h.Fields
		raw := fingerprint.Hex(info.RawHead())
		out.Raw.Head = &raw
	}
	out.Raw.Hellos, out.Raw.Records = c.rawTLS()
	if out.Request.Fields == nil {
		err = errors.Join(err, errors.New("the server lost track of the requests on this connection"))
	}
	if err != nil {
		out.Error = err.Error()
	}
	return out
}

// report serves the native report.
func (s *Server) report(w http.ResponseWriter, r *http.Request) {
	if _, err := s.drain(w, r, nil); err != nil {
		return
	}
	writeJSON(w, http.StatusOK, newReport(r))
}
