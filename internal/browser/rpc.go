package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// maxMessage bounds one message of a browser, in bytes.
const maxMessage = 16 << 20

// writeTimeout bounds the writing of one command. The peer is a process on this machine: it never takes long.
const writeTimeout = 10 * time.Second

// errLost is the reason when the connection to the browser is gone.
var errLost = errors.New("connection to the browser lost")

// rpc speaks the shape that both remote protocols share: numbered commands, their answers, and events.
type rpc struct {
	ws     *websocket.Conn
	cancel context.CancelFunc
	done   chan struct{} // closed when nothing will be read any more; then err is set
	err    error

	mu      sync.Mutex
	last    int64
	pending map[int64]chan message
	watch   map[*watcher]struct{}
}

// message is anything that a browser sends. An answer has an ID, an event does not.
type message struct {
	ID     int64           `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	// Error is an object with code and message (CDP) or a code (BiDi, with Text beside it).
	Error json.RawMessage `json:"error"`
	Text  string          `json:"message"`
}

type command struct {
	ID      int64  `json:"id"`
	Method  string `json:"method"`
	Params  any    `json:"params"`
	Session string `json:"sessionId,omitempty"` // CDP only
}

// watcher gets the events of one method, in order. It is called from the reader and must not wait.
type watcher struct {
	method string
	event  func(params json.RawMessage)
}

func dialRPC(ctx context.Context, url string) (*rpc, error) {
	ws, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(maxMessage)
	// The connection outlives the context of the start.
	reading, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r := &rpc{ws: ws, cancel: cancel, done: make(chan struct{}), pending: map[int64]chan message{}, watch: map[*watcher]struct{}{}}
	go r.read(reading)
	return r, nil
}

func (r *rpc) read(ctx context.Context) {
	defer close(r.done)
	for {
		_, data, err := r.ws.Read(ctx)
		if err != nil {
			r.err = fmt.Errorf("%w: %w", errLost, err)
			return
		}
		var m message
		if err := json.Unmarshal(data, &m); err != nil {
			r.err = fmt.Errorf("%w: not a message: %w", errLost, err)
			r.cancel()
			return
		}
		r.deliver(m)
	}
}

func (r *rpc) deliver(m message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m.ID != 0 {
		if answer, ok := r.pending[m.ID]; ok {
			delete(r.pending, m.ID)
			answer <- m
		}
		return
	}
	for w := range r.watch {
		if w.method == m.Method {
			w.event(m.Params)
		}
	}
}

// call sends a command and decodes its result into result, unless that is nil. session is "" where the protocol has
// none. It returns a *[CommandError] when the browser refuses.
func (r *rpc) call(ctx context.Context, session, method string, params, result any) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", method, context.Cause(ctx))
	}
	answer := make(chan message, 1)
	r.mu.Lock()
	r.last++
	id := r.last
	r.pending[id] = answer
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.pending, id)
		r.mu.Unlock()
	}()
	if err := r.write(ctx, command{ID: id, Method: method, Params: params, Session: session}); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	select {
	case m := <-answer:
		return m.decode(method, result)
	case <-r.done:
		return fmt.Errorf("%s: %w", method, r.err)
	case <-ctx.Done():
		return fmt.Errorf("%s: no answer: %w", method, context.Cause(ctx))
	}
}

// write sends one command. The context of a call must not reach the socket: its end would close the connection.
func (r *rpc) write(ctx context.Context, c command) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	if err := r.ws.Write(ctx, websocket.MessageText, data); err != nil {
		return fmt.Errorf("%w: %w", errLost, err)
	}
	return nil
}

func (m *message) decode(method string, result any) error {
	if len(m.Error) > 0 {
		text := m.Text
		if text == "" {
			text = string(m.Error)
		}
		return &CommandError{Method: method, Reason: text}
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(m.Result, result); err != nil {
		return fmt.Errorf("%s: answer not understood: %w", method, err)
	}
	return nil
}

// on makes event see all later events of a method, until stop is called.
func (r *rpc) on(method string, event func(params json.RawMessage)) (stop func()) {
	w := &watcher{method: method, event: event}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watch[w] = struct{}{}
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.watch, w)
	}
}

func (r *rpc) close() {
	r.cancel()
	_ = r.ws.CloseNow() // the browser is killed next: nobody waits for the closing handshake
	<-r.done
}
