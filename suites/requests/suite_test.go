package requests_test

import (
	"testing"

	"github.com/wirelike/wirelike/suites/requests"
	"github.com/wirelike/wirelike/suites/wirelike"
)

func TestRequests(t *testing.T) { requests.Run(t, wirelike.Adapter{}) }
