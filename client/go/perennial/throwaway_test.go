package perennial

import (
	"strings"
	"testing"

	"perennial/throwaway"
	v1 "perennial/v1"
)

const dueSoon = `
resources { product { name: "products/plan" display_name: "Plan" } }
resources { account { name: "accounts/a" display_name: "A" } }
resources { subscription {
  name: "accounts/a/subscriptions/s" product: "products/plan" seats: 1 term_months: 12
  arr { currency_code: "USD" micros: 1000000 }
  start_date { year: 2024 month: 2 day: 1 } } }`

// What a server holds that was seeded: the renewal that its job has opened, and a call that fails.
func useSeeded(t *testing.T, idSeed uint64) (renewal, log string) {
	s := &server{throwaway.New(t, throwaway.Options{SeedText: dueSoon, IDSeed: &idSeed}), t}
	connection := s.connect(Options{})
	open, err := v1.NewPipelineServiceClient(connection).ListOpportunities(patience(t),
		&v1.ListOpportunitiesRequest{Parent: "accounts/-"})
	if err != nil || len(open.Opportunities) != 1 {
		t.Fatalf("%v, %v", open, err)
	}
	accounts := v1.NewAccountServiceClient(connection)
	if _, err := accounts.GetAccount(patience(t), &v1.GetAccountRequest{Name: "accounts/nobody"}); err == nil {
		t.Error("there is somebody")
	}
	if code := s.Stop(); code != 0 {
		t.Errorf("it ended with %d", code)
	}
	return open.Opportunities[0].Name, s.DescribeFailure()
}

func TestThrowawayServersAreAlikeBySeed(t *testing.T) {
	first, log := useSeeded(t, 1)
	if !strings.Contains(log, `"request":"name: \"accounts/nobody\""`) {
		t.Error(log)
	}
	if again, _ := useSeeded(t, 1); again != first {
		t.Errorf("%s, and then %s", first, again)
	}
	if other, _ := useSeeded(t, 2); other == first {
		t.Errorf("%s of another seed", other)
	}
}

func TestAThrowawayServerSaysWhyItDoesNotStart(t *testing.T) {
	for want, options := range map[string]throwaway.Options{
		"no-such-flag":         {Flags: []string{"--no-such-flag"}},
		"display_name":         {SeedText: `resources { account { name: "accounts/a" } }`},
		"there is no perennia": {Programs: "/nowhere"},
	} {
		if _, err := throwaway.Start(options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
