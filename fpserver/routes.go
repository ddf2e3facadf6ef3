package fpserver

// route is one row of the route table.
type route struct {
	// methods lists the methods, "GET" includes HEAD; nil means any.
	methods []string
	// pattern is a path; a last segment in braces stands for any one segment, which handlers get as PathValue.
	pattern string
	handler handlerFunc
	doc     string
	// try is a path that the route serves, for a pattern with braces.
	try string
}

var (
	get  = []string{"GET"}
	post = []string{"POST"}
)

// routes is the one list of everything that the server answers to.
var routes = []route{
	{get, "/", (*Server).index, "this list; as JSON when the Accept field asks for it", ""},
	{nil, "/fp", (*Server).report, "the native report: connection, request, fingerprint, sums, raw bytes", ""},
	{nil, "/api/all", (*Server).trackAll, "everything, in the shape of tls.peet.ws", ""},
	{nil, "/api/clean", (*Server).trackClean, "the hashes, in the shape of tls.peet.ws", ""},
	{nil, "/api/tls", (*Server).trackTLS, "the TLS part of /api/all", ""},
	{nil, "/api/raw", (*Server).trackRaw, "the ClientHello as hex and base64, in the shape of tls.peet.ws", ""},
	{nil, "/json", (*Server).leaks, "the hashes, in the shape of tls.browserleaks.com", ""},
	{get, "/get", (*Server).echo, "echoes the request: method, target, fields in wire order", ""},
	{post, "/post", (*Server).echo, "as /get, with length and SHA-256 of the body", ""},
	{nil, "/echo", (*Server).echo, "as /post, for any method", ""},
	{get, "/bytes/{n}", (*Server).bytes, "n bytes (up to 1 GiB) with Content-Length and ranges; byte i is i mod 251", "/bytes/1000"},
	{get, "/stream/{n}", (*Server).stream, "the same bytes without a length, flushed every 16 KiB", "/stream/1000"},
	{nil, "/status/{code}", (*Server).status, "an empty answer with that status, 200 to 599", "/status/204"},
	{get, "/setcookies", (*Server).setCookies, "sets a cookie for each parameter of the query, in order, and lists them", ""},
	{nil, "/close", (*Server).closeConn, "answers, then ends the connection: GOAWAY or Connection: close", ""},
	{get, "/ws/echo", (*Server).echoWebSocket, "a WebSocket that sends every message back; over HTTP/2 it is 505", ""},
}
