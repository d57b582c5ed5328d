#include "lib/storage/sql/sqlite_log_file.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace perennial::sql {
namespace {

constexpr size_t kHeaderBytes = 32;
constexpr size_t kFrameHeaderBytes = 24;
constexpr size_t kSaltBytes = 8;
// The lowest bit says in which order the bytes of what is summed are.
constexpr uint32_t kMagic = 0x377f0682;
constexpr uint32_t kLeastPage = 512;
constexpr uint32_t kLargestPage = 65536;
constexpr size_t kIndexBytes = 48;
constexpr char kAttribute[] = "user.perennial.database";
constexpr size_t kAttributeBytes = 64;

uint32_t BigEndian(const char* bytes) {
  uint32_t word = 0;
  for (int i = 0; i < 4; ++i) word = word << 8 | static_cast<unsigned char>(bytes[i]);
  return word;
}

uint32_t LittleEndian(const char* bytes) { return __builtin_bswap32(BigEndian(bytes)); }

struct LogSum {
  uint32_t first = 0;
  uint32_t second = 0;

  void Add(absl::string_view bytes, bool big_endian) {
    const auto word = big_endian ? BigEndian : LittleEndian;
    for (size_t i = 0; i + 8 <= bytes.size(); i += 8) {
      first += word(bytes.data() + i) + second;
      second += word(bytes.data() + i + 4) + first;
    }
  }
  bool Is(const char* bytes) const {
    return first == BigEndian(bytes) && second == BigEndian(bytes + 4);
  }
  static LogSum From(const char* bytes) { return {BigEndian(bytes), BigEndian(bytes + 4)}; }
};

bool ReadExactly(std::ifstream& file, std::string& bytes) {
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return file.gcount() == static_cast<std::streamsize>(bytes.size());
}

}  // namespace

LogFile ReadLogFile(const std::string& log_path,
                    absl::FunctionRef<void(uint32_t page, absl::string_view bytes)> on_page) {
  LogFile log;
  std::error_code error;
  const auto bytes = std::filesystem::file_size(log_path, error);
  if (error) return log;
  log.bytes = static_cast<int64_t>(bytes);
  std::ifstream file(log_path, std::ios::binary);
  std::string header(kHeaderBytes, '\0');
  if (!ReadExactly(file, header)) return log;
  const uint32_t magic = BigEndian(header.data());
  const uint32_t page_bytes = BigEndian(header.data() + 8);
  const bool big_endian = (magic & 1) != 0;
  LogSum sum;
  sum.Add(absl::string_view(header).substr(0, 24), big_endian);
  if ((magic & ~1u) != kMagic || page_bytes < kLeastPage || page_bytes > kLargestPage ||
      !sum.Is(header.data() + 24)) {
    return log;
  }
  log.page_bytes = page_bytes;
  log.salts = header.substr(16, kSaltBytes);
  bool whole = true;
  std::string frame(kFrameHeaderBytes + page_bytes, '\0');
  while (ReadExactly(file, frame)) {
    const absl::string_view page = absl::string_view(frame).substr(kFrameHeaderBytes);
    const char* const said = frame.data() + 16;
    LogSum next = sum;
    next.Add(absl::string_view(frame).substr(0, 8), big_endian);
    next.Add(page, big_endian);
    const bool fits = frame.compare(8, kSaltBytes, log.salts) == 0 && next.Is(said);
    whole = whole && fits;
    if (whole) {
      ++log.frames;
      if (BigEndian(frame.data() + 4) != 0) log.committed = log.frames;
      on_page(BigEndian(frame.data()), page);
    } else if (fits) {
      ++log.lost;
    }
    // What the frame says of itself, so that the next one is judged for itself.
    sum = LogSum::From(said);
  }
  return log;
}

std::optional<LogIndex> ReadLogIndex(const std::string& index_path) {
  std::ifstream file(index_path, std::ios::binary);
  std::string bytes(kIndexBytes, '\0');
  std::string copy(kIndexBytes, '\0');
  // SQLite writes one after the other.
  if (!ReadExactly(file, bytes) || !ReadExactly(file, copy) || bytes != copy) return std::nullopt;
  uint32_t committed = 0;
  std::memcpy(&committed, bytes.data() + 16, sizeof(committed));
  const bool initialized = bytes[12] != 0;
  if (!initialized) return std::nullopt;
  return LogIndex{bytes.substr(32, kSaltBytes), committed};
}

int64_t LogBytes(int64_t frames, int64_t page_bytes) {
  if (frames == 0) return 0;
  return static_cast<int64_t>(kHeaderBytes) +
         frames * (static_cast<int64_t>(kFrameHeaderBytes) + page_bytes);
}

bool NoteNumbers(const std::string& log_path, const std::vector<uint32_t>& numbers) {
  const std::string text = absl::StrJoin(numbers, " ");
  return setxattr(log_path.c_str(), kAttribute, text.data(), text.size(), 0) == 0;
}

std::vector<uint32_t> ReadNumbers(const std::string& log_path) {
  char text[kAttributeBytes];
  const ssize_t size = getxattr(log_path.c_str(), kAttribute, text, sizeof(text));
  if (size <= 0) return {};
  std::vector<uint32_t> numbers;
  for (const absl::string_view part :
       absl::StrSplit(absl::string_view(text, static_cast<size_t>(size)), ' ')) {
    uint32_t number = 0;
    if (absl::SimpleAtoi(part, &number)) numbers.push_back(number);
  }
  return numbers;
}

}  // namespace perennial::sql
