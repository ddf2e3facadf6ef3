package wsecho_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/coder/websocket"

	"github.com/wirelike/wirelike/wsecho"
)

func Example() {
	h, err := wsecho.New(&wsecho.Options{MaxMessage: 1 << 20, Subprotocols: []string{"chat"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	srv := httptest.NewServer(h)
	defer srv.Close()

	ctx := context.Background()
	c, _, err := websocket.Dial(ctx, srv.URL, &websocket.DialOptions{Subprotocols: []string{"chat"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	c.Write(ctx, websocket.MessageText, []byte("hello"))
	typ, b, err := c.Read(ctx)
	fmt.Println(c.Subprotocol(), typ, string(b), err)
	fmt.Println(c.Close(websocket.StatusNormalClosure, ""))
	// Output:
	// chat MessageText hello <nil>
	// <nil>
}
