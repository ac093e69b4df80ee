// Sample logins for the demo: made up, the same for the same seed on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bauta::cli {

// `n` message bodies as compact JSON: logins with user_id, app_version, device_type, ip, locale
// (null in about a third) and device_id.  Devices and addresses repeat, a few of them often, so
// that there are duplicates to find; addresses come from the documentation ranges only.  Exactly
// one of the bodies (if n > 0) is no login: {"foo":"oops_wrong_msg_type","bar":"123"}.
// A pure function; any thread.
std::vector<std::string> SampleLogins(std::size_t n, std::uint64_t seed);

}  // namespace bauta::cli
