package h2

import (
	"bytes"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// soakServer is the server's end of one connection of the soak test. What it does with a request is said by the path of
// the request, "/answer/5000": with a body of that many bytes. It keeps the accounts of all windows by the letter of RFC
// 9113 §5.2, so that they can be compared with the client's.
type soakServer struct {
	conn net.Conn
	fr   *http2.Framer

	mu      sync.Mutex
	change  sync.Cond
	out     bytes.Buffer
	send    int64 // the connection's window for DATA of the server
	room    int64 // what the client may still send on the connection
	streams map[uint32]*soakStream
	last    uint32
	closed  bool
}

type soakStream struct {
	send int64
	room int64
	head string // "answer 5000 POST"
	end  bool   // the client's side has ended
}

func startSoakServer(conn net.Conn, wg *sync.WaitGroup) *soakServer {
	s := &soakServer{conn: conn, send: defaultWindow, room: defaultWindow, streams: map[uint32]*soakStream{}}
	s.change.L = &s.mu
	s.fr = http2.NewFramer(&s.out, conn)
	s.fr.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 12})
	wg.Go(s.write)
	wg.Go(func() {
		s.read(wg)
		s.mu.Lock()
		s.closed = true
		s.change.Broadcast()
		s.mu.Unlock()
		conn.Close()
	})
	return s
}

// write puts on the wire what has been written to the Framer, which the lock guards.
func (s *soakServer) write() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		for s.out.Len() == 0 && !s.closed {
			s.change.Wait()
		}
		if s.out.Len() == 0 {
			return
		}
		b := bytes.Clone(s.out.Bytes())
		s.out.Reset()
		s.mu.Unlock()
		s.conn.Write(b) // an error shows in read
		s.mu.Lock()
	}
}

func (s *soakServer) read(wg *sync.WaitGroup) {
	io.ReadFull(s.conn, make([]byte, len(http2.ClientPreface)))
	path, method := "", ""
	dec := hpack.NewDecoder(defaultTableSize, func(f hpack.HeaderField) {
		switch f.Name {
		case ":path":
			path = f.Value
		case ":method":
			method = f.Value
		}
	})
	for {
		f, err := s.fr.ReadFrame()
		if err != nil {
			return
		}
		s.mu.Lock()
		switch f := f.(type) {
		case *http2.SettingsFrame:
			if !f.IsAck() {
				s.fr.WriteSettingsAck()
			}
		case *http2.HeadersFrame:
			dec.Write(f.HeaderBlockFragment())
			dec.Close()
			st := &soakStream{send: defaultWindow, room: defaultWindow, head: strings.ReplaceAll(path[1:], "/", " ") + " " + method, end: f.StreamEnded()}
			s.streams[f.StreamID], s.last = st, f.StreamID
			wg.Go(func() { s.serve(f.StreamID, st) })
		case *http2.DataFrame:
			s.data(f)
		case *http2.RSTStreamFrame:
			delete(s.streams, f.StreamID)
		case *http2.WindowUpdateFrame:
			if f.StreamID == 0 {
				s.send += int64(f.Increment)
			} else if st := s.streams[f.StreamID]; st != nil {
				st.send += int64(f.Increment)
			}
		case *http2.PingFrame:
			s.fr.WritePing(true, f.Data)
		}
		s.change.Broadcast()
		s.mu.Unlock()
	}
}

// data gives back at once what has come, on both levels.
func (s *soakServer) data(f *http2.DataFrame) {
	n := int64(f.Length)
	if s.room -= n; s.room < 0 {
		s.closed = true // the accounts will not agree
		return
	}
	if n > 0 {
		s.fr.WriteWindowUpdate(0, uint32(n))
		s.room += n
	}
	st := s.streams[f.StreamID]
	if st == nil {
		return
	}
	if st.end = f.StreamEnded(); n > 0 && !st.end {
		s.fr.WriteWindowUpdate(f.StreamID, uint32(n))
	}
}

// serve does what the path says.
func (s *soakServer) serve(id uint32, st *soakStream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.change.Broadcast()
	words := strings.Fields(st.head)
	size, _ := strconv.Atoi(words[1])
	switch words[0] {
	case "answer":
		s.await(id, st, func() bool { return st.end })
		s.head(id, "200", size)
		if s.body(id, st, size, 16384) {
			s.end(id, st)
		}
	case "slow":
		s.head(id, "200", size)
		if s.body(id, st, size, 500) {
			s.end(id, st)
		}
	case "early": // does not want the body
		s.head(id, "413", size)
		if s.body(id, st, size, 16384) {
			s.end(id, st)
			if !st.end {
				s.fr.WriteRSTStream(id, http2.ErrCodeNo)
			}
			delete(s.streams, id)
		}
	case "reset":
		s.head(id, "200", 2*size)
		if s.body(id, st, size, 16384) {
			s.fr.WriteRSTStream(id, http2.ErrCodeInternal)
			delete(s.streams, id)
		}
	case "refuse":
		s.fr.WriteRSTStream(id, http2.ErrCodeRefusedStream)
		delete(s.streams, id)
	case "goaway":
		s.fr.WriteGoAway(s.last, http2.ErrCodeNo, nil)
		s.head(id, "200", size)
		if s.body(id, st, size, 16384) {
			s.end(id, st)
		}
	case "cut":
		s.closed = true
		s.conn.Close()
	case "silent":
	}
}

// await waits; false when the stream or the connection is gone first.
func (s *soakServer) await(id uint32, st *soakStream, ok func() bool) bool {
	for s.streams[id] == st && !s.closed && !ok() {
		s.change.Wait()
	}
	return s.streams[id] == st && !s.closed
}

func (s *soakServer) head(id uint32, status string, size int) {
	if s.streams[id] == nil || s.closed {
		return
	}
	var b bytes.Buffer
	enc := hpack.NewEncoder(&b)
	enc.SetMaxDynamicTableSize(0)
	enc.WriteField(hpack.HeaderField{Name: ":status", Value: status})
	enc.WriteField(hpack.HeaderField{Name: "content-length", Value: strconv.Itoa(size)})
	s.fr.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: b.Bytes(), EndHeaders: true})
	s.change.Broadcast()
}

// body sends the bytes 0 to size-1 of the pattern, in pieces of at most that length, within the windows.
func (s *soakServer) body(id uint32, st *soakStream, size, piece int) bool {
	for at := 0; at < size; {
		if !s.await(id, st, func() bool { return s.send > 0 && st.send > 0 }) {
			return false
		}
		n := min(size-at, piece, int(s.send), int(st.send))
		s.fr.WriteData(id, false, pattern(at, n))
		s.send -= int64(n)
		st.send -= int64(n)
		at += n
		s.change.Broadcast()
		if piece < 16384 { // let others in between
			s.mu.Unlock()
			s.mu.Lock()
		}
	}
	return s.await(id, st, func() bool { return true })
}

func (s *soakServer) end(id uint32, st *soakStream) {
	s.fr.WriteData(id, true, nil)
	if st.end {
		delete(s.streams, id)
	}
}

// pattern is n bytes of every body, from byte at on.
func pattern(at, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte((at + i) * 7 % 251)
	}
	return b
}

// dialSoak starts a connection over TCP to a server of its own.
func dialSoak(t *testing.T, cfg *Config, listener net.Listener, wg *sync.WaitGroup) (*Conn, *soakServer, error) {
	ours, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	theirs, err := listener.Accept()
	if err != nil {
		ours.Close()
		return nil, nil, err
	}
	s := startSoakServer(theirs, wg)
	c, err := New(ours, cfg)
	if err != nil {
		theirs.Close()
	}
	return c, s, err
}
