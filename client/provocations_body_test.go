package client_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
)

var errBoom = errors.New("boom")

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errBoom }

// signal is a request body that says when it is read, by closing the channel.
type signal chan struct{}

func (c signal) Read(p []byte) (int, error) {
	select {
	case <-c:
		return 0, io.EOF
	default:
		close(c)
		return copy(p, "x"), nil
	}
}

// bodyFaults are those of the request body.
var bodyFaults = []provocation{
	{"request body", client.ErrRequestBody, 26, func(t *testing.T) error {
		return fetch(t, nil, "POST", devour(t), &client.Call{Body: failingReader{}})
	}, has(errBoom)},
	{"request body over h2", client.ErrRequestBody, 26, func(t *testing.T) error {
		o, url := frames(t)
		return fetch(t, o, "POST", url, &client.Call{Body: failingReader{}})
	}, has(errBoom)},
	{"request body too short", client.ErrBodyLength, 26, func(t *testing.T) error {
		return fetch(t, nil, "POST", devour(t), &client.Call{Body: io.MultiReader(strings.NewReader("abc")), Length: 5})
	}, has(client.ErrRequestBody)},
	{"request body too long", client.ErrBodyLength, 26, func(t *testing.T) error {
		return fetch(t, nil, "POST", devour(t), &client.Call{Body: io.MultiReader(strings.NewReader("abcdefgh")), Length: 5})
	}, nil},
	{"request body too short over h2", client.ErrBodyLength, 26, func(t *testing.T) error {
		o, url := frames(t)
		return fetch(t, o, "POST", url, &client.Call{Body: io.MultiReader(strings.NewReader("abc")), Length: 5})
	}, nil},
	{"other length than measured", client.ErrBodyLength, 26, func(t *testing.T) error {
		return fetch(t, nil, "POST", "http://a.test/", &client.Call{Body: strings.NewReader("abc"), Length: 5})
	}, nil},
	{"body not replayable", client.ErrBodyNotReplayable, 65, func(t *testing.T) error {
		read := make(chan struct{})
		s := newFrameServer(t)
		s.wait = read
		s.answer = [][]byte{frame(3, 0, 1, "\x00\x00\x00\x07")} // REFUSED_STREAM
		return fetch(t, &client.Options{RootCAs: s.ca.Pool()}, "POST", s.url, &client.Call{Body: signal(read)})
	}, nil},
}
