package fingerprint

import "slices"

// Clone returns a deep copy.
func (f *Fingerprint) Clone() *Fingerprint {
	out := &Fingerprint{}
	if f.TLS != nil {
		h := *f.TLS
		h.CipherSuites = slices.Clone(h.CipherSuites)
		h.CompressionMethods = slices.Clone(h.CompressionMethods)
		h.Extensions = slices.Clone(h.Extensions)
		for i := range h.Extensions {
			h.Extensions[i] = h.Extensions[i].clone()
		}
		out.TLS = &h
	}
	if f.HTTP1 != nil {
		out.HTTP1 = &HTTP1{Requests: slices.Clone(f.HTTP1.Requests)}
		for i := range out.HTTP1.Requests {
			r := &out.HTTP1.Requests[i]
			r.Fields, r.Raw = slices.Clone(r.Fields), slices.Clone(r.Raw)
		}
	}
	if f.HTTP2 != nil {
		out.HTTP2 = &HTTP2{Opening: cloneFrames(f.HTTP2.Opening), Requests: slices.Clone(f.HTTP2.Requests)}
		for i := range out.HTTP2.Requests {
			r := &out.HTTP2.Requests[i]
			r.Before = cloneFrames(r.Before)
			r.Priority = clonePointer(r.Priority)
			r.TableSizeUpdates = slices.Clone(r.TableSizeUpdates)
			r.Fields = slices.Clone(r.Fields)
			r.After = cloneFrames(r.After)
		}
	}
	return out
}

func (e Extension) clone() Extension {
	e.List = slices.Clone(e.List)
	e.Protocols = slices.Clone(e.Protocols)
	e.Shares = slices.Clone(e.Shares)
	e.ECH = clonePointer(e.ECH)
	if e.PSK != nil {
		e.PSK = &PSK{Identities: slices.Clone(e.PSK.Identities), Binders: slices.Clone(e.PSK.Binders)}
	}
	e.Data = slices.Clone(e.Data)
	return e
}

func cloneFrames(list []Frame) []Frame {
	list = slices.Clone(list)
	for i := range list {
		list[i].Settings = slices.Clone(list[i].Settings)
		list[i].Priority = clonePointer(list[i].Priority)
		list[i].Payload = slices.Clone(list[i].Payload)
	}
	return list
}

func clonePointer[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
