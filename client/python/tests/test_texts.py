"""Money, days, names and labels, as people write and read them."""

import datetime
import unittest

import perennial
from perennial import Contact, Date, ErrorReason, Money, Opportunity, Stage


def money(currency, micros):
    return Money(currency_code=currency, micros=micros)


class MoneyTest(unittest.TestCase):
    def test_is_written_as_the_command_prints_it(self):
        for written, currency, micros in (
                ("USD 50,000.00", "USD", 50_000_000_000), ("USD -1,234.50", "USD", -1_234_500_000),
                ("USD 0.000001", "USD", 1), ("JPY 5,000", "JPY", 5_000_000_000),
                ("JPY 0.5", "JPY", 500_000), ("KWD 1.250", "KWD", 1_250_000), ("0.00", "", 0),
                ("EUR 9,223,372,036,854.775807", "EUR", (1 << 63) - 1),
                ("EUR -9,223,372,036,854.775808", "EUR", -(1 << 63))):
            self.assertEqual(perennial.format_money(money(currency, micros)), written)
            if currency:
                self.assertEqual(perennial.parse_money(written), money(currency, micros))
        self.assertEqual(perennial.format_money(None), "")

    def test_is_read_in_every_order(self):
        for text, currency, micros in (
                ("EUR 1,250.50", "EUR", 1_250_500_000), ("1250.5 EUR", "EUR", 1_250_500_000),
                ("-USD 3", "USD", -3_000_000), ("USD -3", "USD", -3_000_000),
                ("-3 USD", "USD", -3_000_000), ("-3USD", "USD", -3_000_000),
                ("-usd3", "USD", -3_000_000), (" eur 0.000001 ", "EUR", 1),
                ("USD 1,000,000", "USD", 1_000_000_000_000)):
            self.assertEqual(perennial.parse_money(text), money(currency, micros), text)

    def test_is_not_guessed(self):
        for text, right in (
                ("12.50", "a currency"), ("", "a currency"), ("USD", "a currency"),
                ("EUR 1,25", "groups of three"), ("EUR 0,125", "groups of three"),
                ("EUR 1,2500", "groups of three"), ("EUR 1.250,50", "groups of three"),
                ("EUR 1250,500", "groups of three"), ("-USD -3", "groups of three"),
                ("EUR 1e3", "groups of three"), ("EUR .5", "groups of three"),
                ("EUR 1.", "groups of three"), ("EUR ١", "groups of three"),
                ("EUR 1.0000001", "at most 6"), ("EUR 9223372036854.775808", "too much"),
                ("-EUR 9223372036854.775809", "too much"), ("EURO 5", "a currency")):
            with self.assertRaisesRegex(perennial.ParseError, right) as caught:
                perennial.parse_money(text)
            self.assertEqual(caught.exception.text, text)


class DatesTest(unittest.TestCase):
    def test_there_and_back(self):
        day = Date(year=2024, month=2, day=29)
        self.assertEqual(perennial.parse_date("2024-02-29"), day)
        self.assertEqual(perennial.format_date(day), "2024-02-29")
        self.assertEqual(perennial.to_date(day), datetime.date(2024, 2, 29))
        self.assertEqual(perennial.from_date(datetime.date(2024, 2, 29)), day)

    def test_absent_ones(self):
        self.assertEqual(perennial.format_date(None), "")
        self.assertEqual(perennial.format_date(Opportunity().renewal_date), "")
        with self.assertRaisesRegex(ValueError, "0000-00-00 is no day"):
            perennial.to_date(Opportunity().renewal_date)

    def test_refuses_what_is_no_day(self):
        for text in ("2025-02-29", "2025-13-01", "2025-1-1", "20250101", "2025-01-01 ", "1899-12-31",
                     "", "٢٠٢٥-01-01"):
            with self.assertRaises(perennial.ParseError, msg=text):
                perennial.parse_date(text)
        with self.assertRaisesRegex(TypeError, "time zone"):
            perennial.from_date(datetime.datetime(2025, 1, 1))


class NamesTest(unittest.TestCase):
    def test_there_and_back(self):
        for name, ids in (
                ("accounts/acme", {"accounts": "acme"}),
                ("accounts/a/opportunities/o/stageTransitions/1",
                 {"accounts": "a", "opportunities": "o", "stageTransitions": "1"}),
                ("products/p/capabilities/c", {"products": "p", "capabilities": "c"})):
            self.assertEqual(perennial.parse_name(name), ids)
            self.assertEqual(list(perennial.parse_name(name)), list(ids))
            self.assertEqual(perennial.format_name(**ids), name)
        self.assertEqual(perennial.parse_name("accounts/a/contacts/c", "Contact")["contacts"], "c")

    def test_says_what_would_be_right(self):
        for name, right in (
                ("contacts/c", "accounts/{account}/contacts/{contact}"),
                ("accounts/a/nothing/n", "playbooks/{playbook}"),
                ("accounts/a/contacts", "accounts/{account}/contacts/{contact}"),
                ("", "accounts/{account}"), ("accounts/a/accounts/b", "accounts/{account}"),
                ("accounts/A", "'A' is no id"), ("accounts/", "'' is no id"),
                ("accounts/a-", "'a-' is no id"), (f"accounts/{'a' * 64}", "is no id"),
                ("accounts/-", "stands for every id"), ("accounts/a\n", "is no id")):
            with self.assertRaises(perennial.ParseError, msg=name) as caught:
                perennial.parse_name(name)
            self.assertIn(right, str(caught.exception))
        with self.assertRaisesRegex(perennial.ParseError, "of the type Account"):
            perennial.parse_name("products/p", "Account")
        with self.assertRaisesRegex(ValueError, "no type of resource 'Acount'"):
            perennial.parse_name("accounts/a", "Acount")
        with self.assertRaisesRegex(perennial.ParseError, "accounts/{account}/contacts/{contact}"):
            perennial.format_name(contacts="c", accounts="a")
        with self.assertRaisesRegex(perennial.ParseError, "'A b' is no id"):
            perennial.format_name(accounts="A b")


class LabelsTest(unittest.TestCase):
    def test_are_what_people_say(self):
        self.assertEqual(perennial.label(Stage, Stage.ADOPTION_REVIEW), "Adoption review")
        self.assertEqual(perennial.label(Stage, "OUTREACH"), "Outreach")
        self.assertEqual(perennial.label(Stage, 0), "Unspecified")
        self.assertEqual(perennial.label(Opportunity.ForecastCategory, 0), "Unspecified")
        self.assertEqual(perennial.label(ErrorReason, "REQUEST_ID_REUSED"), "Request ID reused")
        self.assertEqual(perennial.label(Contact.Role, "CHAMPION"), "Champion")

    def test_of_a_newer_server(self):
        self.assertEqual(perennial.label(Stage, 17), "Unknown (17)")
        self.assertEqual(perennial.label(Stage, -1), "Unknown (-1)")
        with self.assertRaises(ValueError):
            perennial.label(Stage, "NONSENSE")


class ExportsTest(unittest.TestCase):
    def test_each_name_is_of_one_thing(self):
        self.assertEqual(len(perennial.__all__), len(set(perennial.__all__)))
        for name in perennial.__all__:
            self.assertTrue(hasattr(perennial, name), name)

    def test_no_second_import_is_needed(self):
        self.assertIs(perennial.Stage, perennial.Opportunity.Stage)
        self.assertEqual(perennial.StatusCode.NOT_FOUND.name, "NOT_FOUND")
        for name in ("Timestamp", "FieldMask", "Duration", "WatchRequest", "Board", "Role"):
            self.assertTrue(hasattr(perennial, name), name)


if __name__ == "__main__":
    unittest.main()
