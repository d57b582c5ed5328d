#ifndef PERENNIAL_CLIENT_TIME_LINE_H_
#define PERENNIAL_CLIENT_TIME_LINE_H_

#include <string>

namespace perennial::client {

// In which the server tells the time line of its database, and callers the one they know.
inline constexpr char kTimeLineMetadata[] = "x-perennial-time-line";

// What a Connection is as well that keeps what its server tells.
class TimeLineSource {
 public:
  virtual ~TimeLineSource() = default;

  // Of the last answer; empty before there was one.
  virtual std::string time_line() const = 0;
};

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_TIME_LINE_H_
