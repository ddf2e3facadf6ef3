package browser

// Dir returns the directory that holds all that the browser writes.
func Dir(b *Browser) string { return b.dir }
