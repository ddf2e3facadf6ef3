// Package client is an HTTP client that leaves on the wire what a chosen browser leaves: ClientHello, HTTP/2 frames,
// header compression, header fields and their order.
//
// A [Session] makes requests with ordered fields:
//
//	s, err := client.New(&client.Options{Profile: "chromium156"})
//	r, err := s.Get(ctx, "https://example.org/", &client.Call{Query: client.Q("page", "2")})
//
// A [Transport] is a [net/http.RoundTripper] and fits into an [net/http.Client]. Without profile both are a neutral Go
// client.
//
// What kind of request it is, a navigation or something that a page asks for, is said by [Call.Kind]. It decides which
// fields the browser sends, in which order, and the priority. [Call.Referrer] says which page asks: Sec-Fetch-Site, Origin and
// Referer follow from it. The caller's fields take the places that the browser has for them.
//
// All errors are of type *[Error], with a kind for [errors.Is], a number of curl's, and their cause in the chain.
// Certificates are verified unless InsecureSkipVerify is set. Nothing is taken from the environment.
package client
