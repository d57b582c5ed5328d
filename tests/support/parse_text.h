#ifndef PERENNIAL_TESTS_SUPPORT_PARSE_TEXT_H_
#define PERENNIAL_TESTS_SUPPORT_PARSE_TEXT_H_

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

namespace perennial {

// ParseText<v1::Account>(R"(name: "accounts/acme")"); the test fails where it does not parse.
template <class T>
T ParseText(const std::string& text) {
  T message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

}  // namespace perennial

#endif  // PERENNIAL_TESTS_SUPPORT_PARSE_TEXT_H_
