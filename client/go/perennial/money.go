package perennial

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"

	v1 "perennial/v1"
)

const (
	decimalsKept = 6
	microsOfUnit = 1_000_000
)

// ISO 4217, list one: those that have not two decimals. As the server has them.
var decimalsOf = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
	"UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0, "BHD": 3, "IQD": 3, "JOD": 3,
	"KWD": 3, "LYD": 3, "OMR": 3, "TND": 3, "CLF": 4, "UYW": 4,
}

// Units with or without groups of three, and decimals. "1,25" and "0,125" are neither: who writes
// them may mean a decimal comma.
const amount = `([0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.([0-9]+))?`

var (
	currencyFirst = regexp.MustCompile(`^(-?)([A-Za-z]{3}) *(-?)` + amount + `$`)
	currencyLast  = regexp.MustCompile(`^(-?)` + amount + ` *([A-Za-z]{3})$`)
)

// ParseError is of a text that does not say what it should.
type ParseError struct {
	Text    string // what was given
	Message string // what would be right
}

func (e *ParseError) Error() string { return e.Message }

func parseError(text, format string, arguments ...any) error {
	return &ParseError{text, fmt.Sprintf("%q %s", text, fmt.Sprintf(format, arguments...))}
}

// FormatMoney writes "USD 50,000.00": the currency, groups of three, and as many decimals as the
// currency has, more where they are not zero. Nothing is rounded, and ParseMoney gives the same again.
// Without a currency (which only zero may lack) the number alone; "" for nil.
func FormatMoney(money *v1.Money) string {
	if money == nil {
		return ""
	}
	sign, size := "", uint64(money.Micros)
	if money.Micros < 0 {
		sign, size = "-", -size // also right for the least int64
	}
	least, special := decimalsOf[money.CurrencyCode]
	if !special {
		least = 2
	}
	decimals := fmt.Sprintf("%06d", size%microsOfUnit)
	decimals = decimals[:least] + strings.TrimRight(decimals[least:], "0")
	if decimals != "" {
		decimals = "." + decimals
	}
	number := sign + grouped(fmt.Sprint(size/microsOfUnit)) + decimals
	return strings.TrimLeft(money.CurrencyCode+" "+number, " ")
}

// ParseMoney reads "EUR 1,250.50", "1250.5 EUR", "-USD 3" or "USD -3". The currency is three letters,
// whatever their case; commas part groups of three, the point the decimals, of which there are six at
// most. A *ParseError, which says what would be right, for anything else, such as "EUR 1,25" (1.25, or
// a comma too many?) or "12.50" (of what?), and for what int64 micros cannot hold.
func ParseMoney(text string) (*v1.Money, error) {
	var negative bool
	var currency, units, decimals string
	trimmed := strings.TrimSpace(text)
	if parts := currencyFirst.FindStringSubmatch(trimmed); parts != nil && parts[1]+parts[3] != "--" {
		negative, currency, units, decimals = parts[1]+parts[3] != "", parts[2], parts[4], parts[5]
	} else if parts := currencyLast.FindStringSubmatch(trimmed); parts != nil {
		negative, units, decimals, currency = parts[1] != "", parts[2], parts[3], parts[4]
	} else {
		return nil, parseError(text, `is no amount of money: write it as "EUR 1,250.50", with a currency of `+
			"three letters, commas only between groups of three digits and a point before the decimals")
	}
	if len(decimals) > decimalsKept {
		return nil, parseError(text, "has %d decimals: at most %d are kept", len(decimals), decimalsKept)
	}
	digits := strings.ReplaceAll(units, ",", "") + decimals + strings.Repeat("0", decimalsKept-len(decimals))
	if negative {
		digits = "-" + digits
	}
	micros, _ := new(big.Int).SetString(digits, 10)
	if !micros.IsInt64() {
		return nil, parseError(text, "is too much: at most 9,223,372,036,854.775807 can be held")
	}
	return &v1.Money{CurrencyCode: strings.ToUpper(currency), Micros: micros.Int64()}, nil
}

func grouped(units string) string {
	for end := len(units) - 3; end > 0; end -= 3 {
		units = units[:end] + "," + units[end:]
	}
	return units
}
