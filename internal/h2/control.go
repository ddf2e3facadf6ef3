package h2

import (
	"golang.org/x/net/http2"
)

func (c *Conn) onSettings(f *http2.SettingsFrame) error {
	if f.IsAck() {
		if c.acks--; c.acks < 0 {
			return protocolError("SETTINGS acknowledged that were not sent")
		}
		return nil
	}
	// A frame with very many parameters is work for several.
	if err := c.spend(1+f.NumSettings()/16, "SETTINGS"); err != nil {
		return err
	}
	for i := range f.NumSettings() {
		if err := c.onSetting(f.Setting(i)); err != nil {
			return err
		}
	}
	c.out = appendHeader(c.out, 0, http2.FrameSettings, http2.FlagSettingsAck, 0)
	if err := c.reply(); err != nil {
		return err
	}
	c.openWaiting()
	return nil
}

func (c *Conn) onSetting(s http2.Setting) error {
	switch s.ID {
	case http2.SettingHeaderTableSize:
		c.enc.allow(s.Val)
	case http2.SettingEnablePush:
		if s.Val != 0 {
			return protocolError("ENABLE_PUSH from a server")
		}
	case http2.SettingMaxConcurrentStreams:
		c.peerMax = s.Val
	case http2.SettingInitialWindowSize:
		return c.onInitialWindow(s.Val)
	case http2.SettingMaxFrameSize:
		if s.Val < minFrameSize || s.Val > maxFrameSize {
			return protocolError("MAX_FRAME_SIZE out of range")
		}
		c.peerFrame = int(s.Val)
	case http2.SettingEnableConnectProtocol: // RFC 8441 §3
		if s.Val > 1 || c.peerConnect && s.Val == 0 {
			return protocolError("ENABLE_CONNECT_PROTOCOL out of range")
		}
		c.peerConnect = s.Val == 1
	}
	return nil
}

// onInitialWindow moves the windows of all open streams, perhaps below zero (RFC 9113 §6.9.2).
func (c *Conn) onInitialWindow(v uint32) error {
	delta := int64(v) - c.peerInit
	if v > maxWindow {
		return &ConnError{Code: http2.ErrCodeFlowControl, Reason: "INITIAL_WINDOW_SIZE out of range"}
	}
	c.peerInit = int64(v)
	for _, s := range c.streams {
		if !addWindow(&s.window, delta) {
			return &ConnError{Code: http2.ErrCodeFlowControl, Reason: "INITIAL_WINDOW_SIZE makes a window too large"}
		}
		c.schedule(s)
	}
	return nil
}

func (c *Conn) onPing(f *http2.PingFrame) error {
	if f.IsAck() {
		c.pinged(f.Data)
		return nil
	}
	if err := c.spend(1, "PING"); err != nil {
		return err
	}
	c.out = append(appendHeader(c.out, 8, http2.FramePing, http2.FlagPingAck, 0), f.Data[:]...)
	return c.reply()
}

func (c *Conn) onWindowUpdate(stream, increment uint32) error {
	if stream == 0 {
		stopped := c.window <= 0
		if !addWindow(&c.window, int64(increment)) {
			return &ConnError{Code: http2.ErrCodeFlowControl, Reason: "the connection's send window overflows"}
		}
		if stopped && c.window > 0 {
			c.wake.Signal()
		}
		return nil
	}
	s := c.streams[stream]
	if s == nil {
		if c.fate(stream) >= neverOpened {
			return protocolError("WINDOW_UPDATE on an idle stream")
		}
		return nil
	}
	if !addWindow(&s.window, int64(increment)) {
		c.malformed(s, http2.ErrCodeFlowControl, "the stream's send window overflows")
		return nil
	}
	c.schedule(s)
	return nil
}

func (c *Conn) onRSTStream(f *http2.RSTStreamFrame) error {
	s := c.streams[f.StreamID]
	if s == nil {
		if c.fate(f.StreamID) >= neverOpened {
			return protocolError("RST_STREAM on an idle stream")
		}
		if c.history.firstReset(f.StreamID) {
			return nil // it crossed the end of the stream
		}
		return c.spend(1, "RST_STREAM on closed streams")
	}
	c.remove(s, byServer)
	// After a complete response this does nothing: the server only does not want the rest of the request
	// (RFC 9113 §8.1).
	s.fail(&StreamError{Stream: s.id, Code: f.ErrCode, Remote: true})
	c.removed()
	return nil
}

// maxDebug bounds the debug data of a GOAWAY that is kept.
const maxDebug = 256

func (c *Conn) onGoAway(f *http2.GoAwayFrame) error {
	g := &GoAwayError{LastStream: f.LastStreamID, Code: f.ErrCode}
	debug := f.DebugData()
	g.Debug = string(debug[:min(len(debug), maxDebug)])
	if c.goAway != nil {
		if err := c.spend(1, "GOAWAY"); err != nil {
			return err
		}
		g.LastStream = min(g.LastStream, c.goAway.LastStream)
	}
	c.goAway = g
	for c.waiting.head != nil {
		s := c.waiting.head
		s.unlink()
		s.fail(g)
	}
	for id, s := range c.streams {
		if id > g.LastStream {
			c.remove(s, byUs)
			lost := *g
			lost.Stream = id
			s.fail(&lost)
		}
	}
	c.removed()
	return nil
}
