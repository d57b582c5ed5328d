#include "server/rpc/loopback.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perennial {
namespace {

TEST(LoopbackTest, TakesThisMachinesOwnAddresses) {
  EXPECT_EQ(LoopbackAddress("127.0.0.1:50051").value(), "127.0.0.1:50051");
  EXPECT_EQ(LoopbackAddress("127.1.2.3:1").value(), "127.1.2.3:1");
  EXPECT_EQ(LoopbackAddress("localhost:0").value(), "127.0.0.1:0");
  EXPECT_EQ(LoopbackAddress("[::1]:65535").value(), "[::1]:65535");
}

TEST(LoopbackTest, RefusesEveryOtherAddressAndSaysWhy) {
  for (const char* address :
       {"0.0.0.0:50051", "[::]:50051", "192.168.1.1:50051", "example.com:50051", "128.0.0.1:1",
        "127.0.0.1.example.com:1", "::1:50051", ":50051", "[::ffff:127.0.0.1]:1"}) {
    const auto status = LoopbackAddress(address).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << address;
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr("not authenticated")) << address;
  }
}

TEST(LoopbackTest, RefusesWhatIsNoAddress) {
  for (const char* address :
       {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1", "[::1]"}) {
    EXPECT_EQ(LoopbackAddress(address).status().code(), absl::StatusCode::kInvalidArgument)
        << address;
  }
}

TEST(LoopbackTest, WithPortReplacesThePort) {
  EXPECT_EQ(WithPort("127.0.0.1:0", 7), "127.0.0.1:7");
  EXPECT_EQ(WithPort("[::1]:0", 7), "[::1]:7");
}

}  // namespace
}  // namespace perennial
