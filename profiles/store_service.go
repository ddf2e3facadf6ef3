package profiles

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// readService asks a service for all it has, page after page, of most bytes together at most.
func readService(ctx context.Context, hc *http.Client, root, key string, most int) (map[string]json.RawMessage, error) {
	if root == "" {
		return nil, &StoreUpdateError{Err: ErrNoRoot}
	}
	u, err := readURL(root)
	if err == nil && (u.RawQuery != "" || u.Fragment != "") {
		err = errors.New("the root has a query or a fragment")
	}
	if err == nil {
		err = checkKey(key)
	}
	if err != nil {
		return nil, &StoreUpdateError{Err: err}
	}
	u = u.JoinPath("fingerprints")
	own := *hc
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

	entries, skip, total := map[string]json.RawMessage{}, int64(0), 0
	for range maxPages {
		u.RawQuery = "skip=" + strconv.FormatInt(skip, 10) + "&limit=" + strconv.Itoa(pageLimit)
		text, err := ask(ctx, &own, u, key, maxPage)
		if err != nil {
			return nil, err
		}
		next, err := readPage(text, skip, entries)
		if total += len(text); err == nil && total > most {
			err = fmt.Errorf("more than %d bytes in all", most)
		}
		if err != nil {
			return nil, &StoreUpdateError{URL: u.Redacted(), Err: err}
		}
		if next == 0 {
			return entries, nil
		}
		skip = next
	}
	return nil, &StoreUpdateError{URL: u.Redacted(), Err: fmt.Errorf("more than %d pages", maxPages)}
}

// readPage adds the entries of one answer, and returns where the next one begins, 0 for nowhere. Of two entries of one name, the
// later counts: pages shift when the service gets a new entry meanwhile.
func readPage(text []byte, skip int64, entries map[string]json.RawMessage) (next int64, err error) {
	page, err := readObject(text)
	if err != nil {
		return 0, err
	}
	list, ok := page["items"]
	if !ok {
		list = page["data"]
	}
	if len(list) == 0 || list[0] != '[' {
		return 0, errors.New("no list of fingerprints: neither items nor data is one")
	}
	var items []json.RawMessage
	if err := json.Unmarshal(list, &items); err != nil {
		return 0, err
	}
	for i, item := range items {
		if err := readItem(item, entries); err != nil {
			return 0, fmt.Errorf("item %d: %w", i, err)
		}
	}
	var pagination struct {
		More bool  `json:"has_more"`
		Next int64 `json:"next_skip"`
	}
	if raw, ok := page["pagination"]; ok {
		if err := json.Unmarshal(raw, &pagination); err != nil {
			return 0, fmt.Errorf("pagination: %w", err)
		}
	}
	if !pagination.More {
		return 0, nil
	}
	if pagination.Next <= skip {
		return 0, fmt.Errorf("pagination: next_skip %d does not go on from %d", pagination.Next, skip)
	}
	return pagination.Next, nil
}

// readItem adds the entry of one item of a page: its name is in name or target, its body in data or fingerprint, as an object or
// as the text of one.
func readItem(item json.RawMessage, entries map[string]json.RawMessage) error {
	members, err := readObject(item)
	if err != nil {
		return err
	}
	var name string
	for _, key := range [...]string{"name", "target"} {
		if raw, ok := members[key]; ok && name == "" {
			if err := json.Unmarshal(raw, &name); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
		}
	}
	body, ok := members["data"]
	if !ok {
		body = members["fingerprint"]
	}
	if len(body) > 0 && body[0] == '"' {
		var text string
		if err := json.Unmarshal(body, &text); err != nil {
			return err
		}
		body = json.RawMessage(strings.TrimSpace(text))
	}
	if err := checkEntry(name, body); err != nil {
		return err
	}
	entries[name] = body
	return nil
}

// checkEntry refuses what no store can hold.
func checkEntry(name string, body json.RawMessage) error {
	if name == "" || len(name) > maxEntryName {
		return fmt.Errorf("a name of %d bytes", len(name))
	}
	if len(body) == 0 {
		return fmt.Errorf("%q: no fingerprint", name)
	}
	if _, err := readObject(body); err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	return nil
}
