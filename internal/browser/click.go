package browser

import (
	"context"
	"encoding/json"
	"fmt"
)

// Click presses the left button of the mouse in the middle of the element that a CSS selector names, and returns when the
// page that follows has loaded. The event comes through the browser's own input, so that the page and the browser take
// it for a gesture of the user: the navigation has a "Sec-Fetch-User" where the engine sends one.
//
// No such element gives a *[ScriptError], a page that could not be loaded a *[NavigationError] whose URL is empty. When the
// click leads nowhere, Click waits until ctx ends.
func (b *Browser) Click(ctx context.Context, selector string) error {
	where, err := b.tab.evaluate(ctx, fmt.Sprintf(middle, selector))
	if err != nil {
		return b.wrap("find "+selector, err)
	}
	var at struct{ X, Y int }
	if err := json.Unmarshal([]byte(where), &at); err != nil {
		return b.wrap("find "+selector, err)
	}
	if err := b.tab.click(ctx, at.X, at.Y); err != nil {
		return b.wrap("click "+selector, err)
	}
	return nil
}

// middle is the expression that says where an element is shown. %q is its selector.
const middle = `(() => {
	const e = document.querySelector(%q)
	if (!e) throw new Error("no such element")
	e.scrollIntoView({block: "center"})
	const r = e.getBoundingClientRect()
	return JSON.stringify({x: Math.round(r.x + r.width / 2), y: Math.round(r.y + r.height / 2)})
})()`

func (t *chromiumTab) click(ctx context.Context, x, y int) error {
	return t.follow(ctx, func() error {
		for _, event := range []string{"mouseMoved", "mousePressed", "mouseReleased"} {
			params := map[string]any{"type": event, "x": x, "y": y}
			if event != "mouseMoved" {
				params["button"], params["clickCount"] = "left", 1
			}
			if err := t.rpc.call(ctx, t.session, "Input.dispatchMouseEvent", params, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *firefoxTab) click(ctx context.Context, x, y int) error {
	return t.follow(ctx, func() error {
		return t.rpc.call(ctx, "", "input.performActions", map[string]any{"context": t.context, "actions": []any{map[string]any{
			"type": "pointer", "id": "mouse", "actions": []any{
				map[string]any{"type": "pointerMove", "x": x, "y": y},
				map[string]any{"type": "pointerDown", "button": 0},
				map[string]any{"type": "pointerUp", "button": 0},
			},
		}}}, nil)
	})
}
