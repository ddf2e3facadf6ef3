package fpserver

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// idleEnv tells the test binary to be the client of TestHostileIdle: "ADDRESS NUMBER TLS". Server and client have their
// descriptors in processes of their own, because both together can be more than one may have.
const idleEnv = "WIRELIKE_TEST_IDLE"

// TestHostileIdle has very many clients connect, make a request or not, and then do nothing.
func TestHostileIdle(t *testing.T) {
	for _, row := range []struct {
		noTLS bool
		n     int
	}{{true, short(10_000, 2_000)}, {false, short(10_000, 400)}} {
		t.Run(fmt.Sprintf("TLS %t", !row.noTLS), func(t *testing.T) { idleClients(t, row.n, row.noTLS) })
	}
}

func idleClients(t *testing.T, n int, noTLS bool) {
	s := start(t, func(s *Server) {
		s.ErrorLog, s.NoTLS = discard, noTLS
		s.limits.idle, s.limits.header = 10*time.Minute, 10*time.Minute
	})
	honest(t, s)
	over := baseline(t, s)
	client := exec.Command(os.Args[0], "-test.run=^TestIdleClient$", "-test.timeout=10m")
	client.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d %t", idleEnv, address(s), n, !noTLS))
	in, err := client.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := client.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(out)
	if line, err := r.ReadString('\n'); line != "ready\n" {
		rest, _ := io.ReadAll(r)
		t.Errorf("the client says %q, %s, %v", line, rest, err)
	}
	opened(t, s, n)
	for range 20 {
		honest(t, s)
	}
	in.Close() // ends the client
	io.Copy(io.Discard, r)
	if err := client.Wait(); err != nil {
		t.Error(err)
	}
	all := s.Conns()
	for _, c := range all {
		await(t, c)
		if err := c.Err(); err != nil {
			t.Errorf("connection %d: %v", c.ID, err)
		}
	}
	if want := min(n+21, s.limits.history); len(all) != want || all[len(all)-1].ID != n+21 {
		t.Errorf("%d connections are remembered, want %d; the last is %d", len(all), want, all[len(all)-1].ID)
	}
	opened(t, s, 0) // also those that are not remembered
	over(2 * n)
	honest(t, s)
}

// opened waits until n connections are open: for their client they are once the kernel has them, perhaps before the server
// does.
func opened(t *testing.T, s *Server, n int) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); s.conns.open() != n; <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d connections are open", s.conns.open(), n)
		}
	}
}

// TestIdleClient is the client's process: every second connection has made a request.
func TestIdleClient(t *testing.T) {
	var addr string
	var n int
	var secure bool
	if _, err := fmt.Sscan(os.Getenv(idleEnv), &addr, &n, &secure); err != nil {
		t.Skip("it runs for TestHostileIdle only")
	}
	work := make(chan int)
	open := make([]net.Conn, n)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for i := range work {
				c, err := idleConn(addr, secure, i%2 == 0)
				if err != nil {
					t.Error(err)
					continue
				}
				open[i] = c
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	wg.Wait()
	if t.Failed() {
		return
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	for _, c := range open {
		c.Close()
	}
}

func idleConn(addr string, secure, request bool) (net.Conn, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	if secure {
		s := tls.Client(c, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}}) // who it is does not matter here
		if err := s.Handshake(); err != nil {
			return nil, err
		}
		c = s
	}
	if !request {
		return c, nil
	}
	io.WriteString(c, "GET /status/204 HTTP/1.1\r\nHost: x\r\n\r\n")
	b := make([]byte, 1<<10)
	n, err := c.Read(b)
	if err == nil && !strings.HasPrefix(string(b[:n]), "HTTP/1.1 204 ") {
		err = fmt.Errorf("answer %q", b[:n])
	}
	return c, err
}

// TestMakeWay checks who is cut: the oldest that is silent and idle, each once.
func TestMakeWay(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{})
	s := start(t, func(s *Server) {
		s.NoTLS, s.ErrorLog = true, discard
		s.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			close(entered)
			<-r.Context().Done()
		})
	})
	busy := dialPlain(t, s)
	io.WriteString(busy, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
	<-entered
	for range 3 {
		dialPlain(t, s)
	}
	all := conns(t, s, 4)
	for _, c := range all {
		c.tee.heard.Store(0)
	}
	all[1].tee.heard.Store(time.Now().UnixNano()) // it has just said something
	cut := func() (ids []int) {
		for _, c := range all {
			if err := c.Err(); err != nil {
				ids = append(ids, c.ID)
			}
		}
		return ids
	}
	for _, want := range [][]int{{3}, {3, 4}, {3, 4}} {
		if s.makeWay((*Conn).isIdle); !slices.Equal(cut(), want) {
			t.Errorf("%v were cut, want %v", cut(), want)
		}
	}
	for _, c := range all[2:] {
		await(t, c)
	}
}
