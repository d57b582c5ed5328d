#ifndef PERENNIAL_LIB_BASE_SHA256_H_
#define PERENNIAL_LIB_BASE_SHA256_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace perennial {

// SHA-256 (FIPS 180-4) of what comes in pieces.
class Sha256 {
 public:
  void Update(absl::string_view bytes);
  // As 64 hexadecimal digits. Once, at the end.
  std::string Finish();

 private:
  void AddBlock(const unsigned char* block);

  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> pending_ = {};
  size_t pending_size_ = 0;
  uint64_t total_bytes_ = 0;
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_BASE_SHA256_H_
