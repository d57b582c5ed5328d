package perennial

import (
	"regexp"
	"time"

	v1 "perennial/v1"
)

const isoDay = "2006-01-02"

var isoShape = regexp.MustCompile(`^(19|[2-9][0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}$`)

// FormatDate writes "2025-03-31"; "" for nil.
func FormatDate(date *v1.Date) string {
	if date == nil {
		return ""
	}
	return ToTime(date).Format(isoDay)
}

// ParseDate reads "2025-03-31": a day of the years 1900 to 9999. A *ParseError for other shapes and for
// days that are not in the calendar.
func ParseDate(text string) (*v1.Date, error) {
	day, err := time.Parse(isoDay, text)
	if err != nil || !isoShape.MatchString(text) {
		return nil, parseError(text, `is no day of the years 1900 to 9999: write it as "2025-03-31"`)
	}
	return FromTime(day), nil
}

// ToTime answers the midnight at which the day begins in UTC; the zero time for nil.
func ToTime(date *v1.Date) time.Time {
	if date == nil {
		return time.Time{}
	}
	return time.Date(int(date.Year), time.Month(date.Month), int(date.Day), 0, 0, 0, 0, time.UTC)
}

// FromTime answers the day that it is at a time in the time's own zone.
func FromTime(t time.Time) *v1.Date {
	year, month, day := t.Date()
	return &v1.Date{Year: int32(year), Month: int32(month), Day: int32(day)}
}
