package subject

import "context"

// Adapter makes clients for a suite. It is called by several goroutines.
type Adapter interface {
	// New returns a client with the settings. An error that is no [*Unsupported] and no [*Error] fails the spec.
	New(Config) (Client, error)
}

// Func is a function as [Adapter].
type Func func(Config) (Client, error)

// New implements [Adapter].
func (f Func) New(c Config) (Client, error) { return f(c) }

// Client is one session of the client that is tried: its requests share cookies and connections. It is called by several
// goroutines.
type Client interface {
	// Do makes a request, with the redirects and retries that belong to it, and returns the response when its head has come.
	// Any status is a success, unless [Config.FailOnStatus] is set. A failure is an [*Error]; what the client cannot do is an
	// [*Unsupported], and then nothing was sent. The context bounds the body of the response, too.
	Do(context.Context, Request) (*Response, error)
	// Close ends the client and its connections.
	Close() error
}

// Field is a header field, or a name with its value in a query or a form.
type Field struct{ Name, Value string }
