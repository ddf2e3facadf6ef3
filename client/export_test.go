package client

// Ancestry returns a kind with all its parents.
func Ancestry(k *Kind) []*Kind {
	list := []*Kind{k}
	for _, p := range k.parents {
		list = append(list, Ancestry(p)...)
	}
	return list
}
