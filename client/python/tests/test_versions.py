"""Runs with the protobufs of today and tomorrow: what differs between them is faked where this one has
it not."""

import pathlib
import sys
import types
import unittest
import unittest.mock

import perennial
from perennial import compat, v1

sys.path.append(str(pathlib.Path(__file__).parents[1]))
import generate_stubs


class VersionsTest(unittest.TestCase):
    def test_this_one(self):
        self.assertIs(compat.message_class(v1.Money.DESCRIPTOR), v1.Money)
        fields = v1.ListOpportunitiesResponse.DESCRIPTOR.fields_by_name
        self.assertTrue(compat.is_repeated(fields["opportunities"]))
        self.assertFalse(compat.is_repeated(fields["resume_token"]))

    def test_where_factories_are_gone(self):
        # As of 5: GetPrototype is gone, and since 6 so is the factory's class.
        newer = types.SimpleNamespace(GetMessageClass=lambda descriptor: descriptor._concrete_class)
        with unittest.mock.patch.object(compat, "message_factory", newer):
            self.assertIs(compat.message_class(v1.Money.DESCRIPTOR), v1.Money)
            with perennial.connect("127.0.0.1:1") as client:
                self.assertEqual(client.account.GetAccount.request(name="a").name, "a")

    def test_where_labels_are_gone(self):
        class Field:
            is_repeated = True

            @property
            def label(self):
                raise AssertionError("deprecated since 6.31")

        self.assertTrue(compat.is_repeated(Field()))

    def test_asks_for_a_protobuf_that_runs_what_was_generated(self):
        for protoc, runtimes in (("libprotoc 3.21.12", "protobuf>=4.21,<6"),
                                 ("libprotoc 25.3", "protobuf>=4.25,<6"),
                                 ("libprotoc 29.1", "protobuf>=5.29,<7"),
                                 ("libprotoc 31.0", "protobuf>=6.31,<8")):
            self.assertEqual(generate_stubs.runtimes_of(protoc), runtimes)


if __name__ == "__main__":
    unittest.main()
