package fpserver

// route is one row of the route table.
type route struct {
	// methods lists the methods, "GET" includes HEAD; nil means any.
	methods []string
	// pattern is a path; segments in braces at its end stand for any one segment each, which handlers get as PathValue.
	// With a slash at the end it stands for everything below, but for "/".
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
	{get, "/bytes/{n}", (*Server).bytes, "n bytes (up to 1 GiB) with Content-Length, ETag and ranges; byte i is i mod 251, or with seed=NUMBER noise", "/bytes/1000"},
	{get, "/stream/{n}", (*Server).stream, "the same bytes without a length, flushed every 16 KiB", "/stream/1000"},
	{nil, "/status/{code}", (*Server).status, "an empty answer with that status, 200 to 599", "/status/204"},
	{get, "/setcookies", (*Server).setCookies, "sets a cookie for each parameter of the query, in order, and lists them", ""},
	{nil, "/close", (*Server).closeConn, "answers, then ends the connection: GOAWAY or Connection: close", ""},
	{get, "/ws/echo", (*Server).echoWebSocket, "a WebSocket that sends every message back; over HTTP/2 it is 505", ""},

	// The labs. Parameters are those of the query, the first value is the default.
	{nil, "/flaky/{key}/{n}", (*Server).flaky, "fails for the first n requests with that key, then 200; fail=status, reset, close or cut, status=503", "/flaky/a/0"},
	{nil, "/retry-after", (*Server).retryAfter, "503 (status=) with Retry-After: seconds=1, date=SECONDS from now, or value= as it is; with key= only for the first n=1 requests", ""},
	{nil, "/reset", (*Server).reset, "breaks off before the head, or after=N bytes of the body; end=reset, close or cut, over HTTP/2 only the stream but for connection=1", ""},
	{nil, "/truncate", (*Server).truncate, "announces n=1000 bytes and ends after sent=500; framing=length, chunked or none, end=close, cut or reset", ""},
	{nil, "/stall", (*Server).stall, "pauses at=body (after sent=500 of n=1000 bytes) or at=head, for=10s, then goes on", "/stall?for=10ms"},
	{nil, "/drip", (*Server).drip, "n=10 bytes in pieces of piece=1, every=100ms, after delay=0s; framing=length or chunked", "/drip?every=10ms"},
	{nil, "/enc/gzip", encoded("gzip"), "n=1000 bytes of the pattern as gzip of members=1; framing=length or chunked", ""},
	{nil, "/enc/deflate", encoded("deflate"), "the same as deflate in its zlib form, as RFC 9110 has it", ""},
	{nil, "/enc/deflate-raw", encoded("deflate-raw"), "the same as deflate without the zlib form, as some servers send it", ""},
	{nil, "/enc/br", encoded("br"), "the same as br", ""},
	{nil, "/enc/zstd", encoded("zstd"), "the same as zstd", ""},
	{nil, "/enc/multi", (*Server).encMulti, "the same in several codings, one after the other: codings=deflate,gzip", ""},
	{nil, "/enc/bad", (*Server).encBad, "a body that does not fit its Content-Encoding: of=gzip, how=truncated, corrupt, checksum, trailing, plain, unknown or empty", ""},
	{nil, "/enc/bomb", (*Server).encBomb, "n=67108864 zeros (up to 1 GiB), compressed: of=gzip", "/enc/bomb?n=1000000"},
	{nil, "/cookie-lab", (*Server).cookieLab, "tells the Cookie fields as they came; each set= is sent as a Set-Cookie field as it is", "/cookie-lab?set=a%3D1%3B+Path%3D%2F"},
	{nil, "/cookie-lab/", (*Server).cookieLab, "the same at any path below, for Path attributes and default paths", "/cookie-lab/a/b"},
	{nil, "/redirect-lab", (*Server).redirectLab, redirectDoc, "/redirect-lab?n=3"},
	{nil, "/charset/{name}", (*Server).charset, "text in that character set; as=text or json, bom=0, label=NAME in Content-Type, or type= for all of it", "/charset/windows-1252"},
	{nil, "/trailers", (*Server).trailers, "n=1000 bytes, then each trailer=X-Name:value, or the digest as X-Sha256; announce=1", ""},
	{nil, "/early-hints", (*Server).earlyHints, "n=1 interim answers with status=103 and each link= as a Link field, then 200", ""},
	{nil, "/auth/basic/{user}/{password}", (*Server).authBasic, "wants Basic credentials", "/auth/basic/user/secret"},
	{nil, "/auth/bearer/{token}", (*Server).authBearer, "wants a Bearer token", "/auth/bearer/token"},
	{nil, "/auth/digest/{algorithm}/{user}/{password}", (*Server).authDigest, "wants Digest credentials: MD5, SHA-256, SHA-512-256, each also with -sess, or a list; qop=auth, auth-int, auth,auth-int or none, userhash=0, uses=N of a nonce, nextnonce=0", "/auth/digest/SHA-256/user/secret"},
	{[]string{"POST", "PUT", "PATCH"}, "/upload", (*Server).upload, "length and SHA-256 of the body, and of a multipart body its parts in order with their fields", ""},
	{nil, "/httpbin/", (*Server).httpbin, "the endpoints of go-httpbin", "/httpbin/get"},
}

const redirectDoc = "n hops (up to 100), then the request as /echo has it. status=302 (300 to 399), form=path, relative, query, dots, absolute, " +
	"network, upper, userinfo, fragment, utf8, latin1, space, empty, none, two, same or self, origin=https://localhost:PORT, location= as it is, " +
	"in which {next} is the next hop, cookie= lines of Set-Cookie, size=0 of the body; given several times, each hop takes the next value, the last stays"
