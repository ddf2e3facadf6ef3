package profiles

// Kind is the kind of a request, in the sense of the Fetch standard's destinations and modes.
type Kind string

// The kinds. The caller says which one a request is; it is never guessed from a URL.
const (
	// Navigate is a top-level navigation: an address typed in, or, with a referrer, a link followed.
	Navigate Kind = "navigate"
	// Reload is a navigation to the page that is open already.
	Reload Kind = "reload"
	// Form is a navigation by a form that is sent with POST.
	Form Kind = "form"
	// Iframe is the document of an iframe.
	Iframe Kind = "iframe"
	// Style, Script and Image are what <link rel=stylesheet>, <script src> and <img> of a page load.
	Style  Kind = "style"
	Script Kind = "script"
	Image  Kind = "image"
	// Favicon is the icon of a page.
	Favicon Kind = "favicon"
	// Fetch is fetch() by a script of a page, with any method.
	Fetch Kind = "fetch"
	// NoCORS is fetch() with mode "no-cors".
	NoCORS Kind = "no-cors"
	// XHR is XMLHttpRequest.
	XHR Kind = "xhr"
	// Preflight is the OPTIONS request that a browser makes before a fetch to another origin (Fetch §4.8).
	Preflight Kind = "preflight"
	// WebSocket is the handshake of a WebSocket (RFC 6455 §4.1), over HTTP/1.1.
	WebSocket Kind = "websocket"
)

// AllKinds returns every kind there is, navigations first.
func AllKinds() []Kind {
	return []Kind{Navigate, Reload, Form, Iframe, Style, Script, Image, Favicon, Fetch, NoCORS, XHR, Preflight, WebSocket}
}
