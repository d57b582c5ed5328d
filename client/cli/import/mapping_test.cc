#include "client/cli/import/mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perennial::cli {
namespace {

using testing::HasSubstr;

TEST(MappingTest, ErrorsInTheTextHaveTheirPlaces) {
  const absl::Status status =
      Mapping::Parse("m.textproto", "files {\n  csv: 5\n}\nfile { }\n").status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("m.textproto:2:8: "));
}

TEST(MappingTest, ErrorsInTheTextAreInTheWordsOfMappings) {
  const auto error = [](const std::string& text) {
    return std::string(Mapping::Parse("m", text).status().message());
  };
  EXPECT_THAT(error("files { resourc: \"Account\" }"),
              testing::StartsWith("m:1:16: there is no field \"resourc\" here: there are csv, "));
  EXPECT_THAT(error("file { }"), HasSubstr("there is no field \"file\" here: there are "));
  EXPECT_EQ(error("files { resource: Account }"), "m:1:19: expected a text in quotes, not Account");
}

TEST(MappingTest, ErrorsOfContentHaveTheirPlaces) {
  const auto mapping = Mapping::Parse("m.textproto", R"(# A comment.
files {
  csv: "a.csv"
  fields { path: "x" }
  fields {
    path: "y"
  }
}
)");
  ASSERT_TRUE(mapping.ok()) << mapping.status();
  const MappingNode file = mapping->root().At("files", 0);
  EXPECT_EQ(file.line(), 2);
  EXPECT_EQ(file.Error("csv", "bad").message(), "m.textproto:3:3: csv: bad");
  EXPECT_EQ(file.At("fields", 1).Error("path", "bad").message(), "m.textproto:6:5: path: bad");
  // What is not there is at the place of what should have it.
  EXPECT_EQ(file.Error("name", "missing").message(), "m.textproto:2:1: name: missing");
  EXPECT_EQ(file.At("fields", 0).At("only_when").Error("is", "missing").message(),
            "m.textproto:4:3: is: missing");
}

}  // namespace
}  // namespace perennial::cli
