"""Calls, lists and errors, with a server."""

import unittest

import grpc

import perennial
from perennial.testing import ThrowawayServer
from perennial.v1 import account_service_pb2 as account


class CallsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.api = cls.enterClassContext(ThrowawayServer()).connect(actor="ada@example.com")
        for number in range(5):
            cls.api.account.CreateAccount(
                account_id=f"customer-{number}",
                account={"display_name": f"Customer {number}", "segment": "small"})

    def test_every_service_has_a_client(self):
        for name in ("account", "catalog", "subscription", "pipeline", "engagement", "adoption",
                     "expansion", "history", "import_", "clock"):
            self.assertTrue(hasattr(self.api, name), name)

    def test_takes_a_message_or_its_fields(self):
        name = "accounts/customer-1"
        by_field = self.api.account.GetAccount(name=name)
        self.assertEqual(by_field, self.api.account.GetAccount(
            account.GetAccountRequest(name=name)))
        self.assertEqual(by_field.display_name, "Customer 1")

    def test_does_not_change_the_callers_request(self):
        request = account.UpdateAccountRequest(
            account={"name": "accounts/customer-2", "note": "Known for long"})
        self.api.account.UpdateAccount(request)
        self.assertEqual(request.request_id, "")

    def test_lists_all_pages(self):
        names = [each.name for each in self.api.account.ListAccounts.items(page_size=2)]
        self.assertEqual(names, [f"accounts/customer-{number}" for number in range(5)])
        self.assertEqual(len(self.api.account.ListAccounts(page_size=2).accounts), 2)

    def test_only_lists_have_items(self):
        with self.assertRaisesRegex(TypeError, "GetAccount does not answer page by page"):
            next(self.api.account.GetAccount.items(name="accounts/customer-1"))

    def test_names_the_fields_that_were_wrong(self):
        with self.assertRaises(perennial.Error) as caught:
            self.api.account.CreateAccount(account={"country": "Germany"})
        self.assertEqual(caught.exception.code, grpc.StatusCode.INVALID_ARGUMENT)
        self.assertEqual(caught.exception.reason, "INVALID_FIELD")
        fields = {violation.field for violation in caught.exception.field_violations}
        self.assertEqual(fields, {"account.display_name", "account.country"})
        self.assertIn("account.country", str(caught.exception))

    def test_names_what_is_missing(self):
        with self.assertRaises(perennial.Error) as caught:
            self.api.account.GetAccount(name="accounts/nobody")
        self.assertEqual(caught.exception.reason, "RESOURCE_NOT_FOUND")
        self.assertEqual(caught.exception.resource_name, "accounts/nobody")

    def test_calls_as_somebody_else(self):
        other = self.api.calling(actor="bob@example.com")
        name = other.account.CreateContact(
            parent="accounts/customer-3", contact={"display_name": "A contact"}).name
        [change] = self.api.history.ListChanges.items(filter=f'resource_name = "{name}"')
        self.assertEqual(change.actor, "bob@example.com")

    def test_lowers_its_role(self):
        viewer = self.api.calling(role="VIEWER")
        self.assertEqual(viewer.account.GetAccount(name="accounts/customer-0").segment, "small")
        with self.assertRaises(perennial.Error) as caught:
            viewer.account.DeleteAccount(name="accounts/customer-0")
        self.assertEqual(caught.exception.reason, "ROLE_TOO_LOW")

    def test_imports(self):
        rows = [{"resource": {"account": {"name": "accounts/customer-0", "display_name":
                                          "Customer 0", "segment": "small"}}}]
        request = self.api.import_.Import.request(rows=rows, validate_only=True)
        [response] = self.api.import_.Import(iter([request]))
        self.assertEqual(response.counts.skipped, 1)


if __name__ == "__main__":
    unittest.main()
