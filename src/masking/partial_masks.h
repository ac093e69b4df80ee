// Masks that leave a part of the value in clear: PRIVACY, section 3.7.  One thread at a time.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "masking/masked.h"

namespace bauta::masking {

// truncate: the network of an address, "192.0.2.0/24".  A mapped address (::ffff:192.0.2.1) is the
// IPv4 address that it is; of one inside an IPv6 address (6to4, NAT64, Teredo) no more stays than
// `v4` says.  What is no address is invalid.
class Truncate {
 public:
  // How many bits stay.
  Truncate(int v4, int v6) : v4_(v4), v6_(v6) {}

  Masked Mask(std::string_view value);

 private:
  int v4_, v6_;
  std::array<char, 64> text_{};
};

// keep_last: "593-47-5928" is "***-**-5928".  Trimmed; separators (ASCII that is neither letter nor
// digit) stay where they are and do not count; any other character counts as one.  A value that has
// no more than n of them would be shown whole: all of it is starred.
class KeepLast {
 public:
  explicit KeepLast(int n) : n_(n) {}

  Masked Mask(std::string_view value);

 private:
  int n_;
  std::string scratch_, text_;
};

}  // namespace bauta::masking
