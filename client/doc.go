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
// Certificates are verified unless InsecureSkipVerify is set. Nothing is taken from the environment, nor from the user's
// directories, unless Env or a Resolver with a [profiles.Store] without Dir asks for it.
//
// # What cannot be random
//
// A fingerprint that was drawn at random would be that of no browser, and tell more than an honest one. What differs between
// two connections of one profile is what differs in its browser: GREASE values, keys, and since Chrome 110 the order of
// extensions. So the JA3 of a new Chrome is another one with each connection; its JA3N and JA4, which sort the extensions,
// are always the same, as are all of Firefox's. To be somebody else, be another profile.
//
// A connection that resumes a TLS 1.3 session has an extension more (pre_shared_key), so that its JA3 and JA4 are not those of
// the first one. Whether a hello has Encrypted Client Hello and ML-KEM depends on the browser that the profile is of: older ones
// have neither.
package client
