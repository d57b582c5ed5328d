package perennial

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	v1 "perennial/v1"
)

func money(currency string, micros int64) *v1.Money {
	return &v1.Money{CurrencyCode: currency, Micros: micros}
}

// wantError fails the test unless the error has the text, and is of what was given.
func wantError(t *testing.T, err error, text, right string) {
	t.Helper()
	var parse *ParseError
	if !errors.As(err, &parse) || parse.Text != text || !strings.Contains(parse.Message, right) {
		t.Errorf("of %q: want %q, got %v", text, right, err)
	}
}

func TestMoneyIsWrittenAsTheCommandPrintsIt(t *testing.T) {
	for written, amount := range map[string]*v1.Money{
		"USD 50,000.00":                 money("USD", 50_000_000_000),
		"USD -1,234.50":                 money("USD", -1_234_500_000),
		"USD 0.000001":                  money("USD", 1),
		"JPY 5,000":                     money("JPY", 5_000_000_000),
		"JPY 0.5":                       money("JPY", 500_000),
		"KWD 1.250":                     money("KWD", 1_250_000),
		"EUR 9,223,372,036,854.775807":  money("EUR", math.MaxInt64),
		"EUR -9,223,372,036,854.775808": money("EUR", math.MinInt64),
		"EUR 123.00":                    money("EUR", 123_000_000),
	} {
		if got := FormatMoney(amount); got != written {
			t.Errorf("want %q, got %q", written, got)
		}
		if got, err := ParseMoney(written); err != nil || !proto.Equal(got, amount) {
			t.Errorf("%q is read as %v, %v", written, got, err)
		}
	}
	if FormatMoney(nil) != "" || FormatMoney(&v1.Money{}) != "0.00" {
		t.Error("nothing is not written as nothing")
	}
}

func TestMoneyIsReadInEveryOrder(t *testing.T) {
	for text, want := range map[string]*v1.Money{
		"EUR 1,250.50": money("EUR", 1_250_500_000), "1250.5 EUR": money("EUR", 1_250_500_000),
		"-USD 3": money("USD", -3_000_000), "USD -3": money("USD", -3_000_000),
		"-3 USD": money("USD", -3_000_000), "-usd3": money("USD", -3_000_000),
		" eur 0.000001 ": money("EUR", 1), "USD 1,000,000": money("USD", 1_000_000_000_000),
	} {
		if got, err := ParseMoney(text); err != nil || !proto.Equal(got, want) {
			t.Errorf("%q is read as %v, %v", text, got, err)
		}
	}
}

func TestMoneyIsNotGuessed(t *testing.T) {
	for text, right := range map[string]string{
		"12.50": "a currency", "": "a currency", "USD": "a currency", "EURO 5": "a currency",
		"EUR 1,25": "groups of three", "EUR 0,125": "groups of three", "EUR 1,2500": "groups of three",
		"EUR 1.250,50": "groups of three", "-USD -3": "groups of three", "EUR 1e3": "groups of three",
		"EUR .5": "groups of three", "EUR 1.": "groups of three",
		"EUR 1.0000001": "at most 6", "EUR 9223372036854.775808": "too much",
		"-EUR 9223372036854.775809": "too much",
	} {
		_, err := ParseMoney(text)
		wantError(t, err, text, right)
	}
}

func TestDaysThereAndBack(t *testing.T) {
	day, err := ParseDate("2024-02-29")
	if err != nil || FormatDate(day) != "2024-02-29" {
		t.Errorf("got %v, %v", day, err)
	}
	if got := ToTime(day); got != time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC) {
		t.Errorf("got %v", got)
	}
	late := time.Date(2024, 2, 29, 23, 0, 0, 0, time.FixedZone("west", -3600))
	if !proto.Equal(FromTime(late), day) {
		t.Error("the day is that of the time's own zone")
	}
	if FormatDate(nil) != "" || !ToTime(nil).IsZero() {
		t.Error("no day is written as one")
	}
	for _, text := range []string{"2025-02-29", "2025-13-01", "2025-1-1", "20250101", "1899-12-31", ""} {
		_, err := ParseDate(text)
		wantError(t, err, text, "2025-03-31")
	}
}

func TestNamesThereAndBack(t *testing.T) {
	ids, err := ParseName("accounts/a/opportunities/o")
	if err != nil || len(ids) != 2 || ids["accounts"] != "a" || ids["opportunities"] != "o" {
		t.Errorf("got %v, %v", ids, err)
	}
	name, err := FormatName("products", "p", "capabilities", "c")
	if err != nil || name != "products/p/capabilities/c" {
		t.Errorf("got %q, %v", name, err)
	}
	for name, right := range map[string]string{
		"contacts/c":            "accounts/{account}/contacts/{contact}",
		"accounts/a/nothing/n":  "playbooks/{playbook}",
		"accounts/a/contacts":   "accounts/{account}/contacts/{contact}",
		"":                      "accounts/{account}",
		"accounts/a/accounts/b": "accounts/{account}",
		"accounts/A":            "is no id",
		"accounts/":             "is no id",
		"accounts/-":            "stands for every id",
	} {
		_, err := ParseName(name)
		wantError(t, err, name, right)
	}
}

func TestLabelsAreWhatPeopleSay(t *testing.T) {
	for want, got := range map[string]string{
		"Adoption review":   Label(v1.Opportunity_ADOPTION_REVIEW),
		"Unspecified":       Label(v1.Opportunity_FORECAST_CATEGORY_UNSPECIFIED),
		"Request ID reused": Label(v1.ErrorReason_REQUEST_ID_REUSED),
		"Unknown (17)":      Label(v1.Opportunity_Stage(17)),
	} {
		if got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
}

func TestChangedPaths(t *testing.T) {
	no := false
	for name, each := range map[string]struct {
		old, new proto.Message
		want     string
	}{
		"in order": {&v1.Account{Note: "a"}, &v1.Account{Note: "b", Segment: "s", DisplayName: "d"},
			"display_name segment note"},
		"values as a whole": {&v1.Opportunity{ForecastArr: money("USD", 1)},
			&v1.Opportunity{ForecastArr: money("USD", 2), NextStepDate: &v1.Date{Year: 2025}},
			"forecast_arr next_step_date"},
		"entries of maps": {&v1.Account{Labels: map[string]string{"tier": "a", "gone": "x", "same": "s"}},
			&v1.Account{Labels: map[string]string{"tier": "b", "new": "", "same": "s"}},
			"labels.gone labels.new labels.tier"},
		"keys that no path says": {&v1.Account{}, &v1.Account{Labels: map[string]string{"a.b": "x"}}, "labels"},
		"lists as a whole":       {&v1.Contact{Needs: []string{"a"}}, &v1.Contact{Needs: []string{"a", "b"}}, "needs"},
		"absence":                {&v1.Offer{}, &v1.Offer{AutoRenew: &no}, "auto_renew"},
		"what cannot be": {&v1.Opportunity{}, &v1.Opportunity{Name: "n", Etag: "e",
			Stage: v1.Opportunity_UPSELL, Subscriptions: []string{"s"}}, ""},
		"nested": {&v1.Change{Resource: &v1.Resource{Kind: &v1.Resource_Account{Account: &v1.Account{Note: "a"}}}},
			&v1.Change{Resource: &v1.Resource{Kind: &v1.Resource_Account{Account: &v1.Account{Note: "b"}}}},
			"resource.account.note"},
		"nothing": {&v1.Account{Note: "a"}, &v1.Account{Note: "a"}, ""},
	} {
		if got := strings.Join(ChangedPaths(each.old, each.new), " "); got != each.want {
			t.Errorf("%s: want %q, got %q", name, each.want, got)
		}
	}
}
