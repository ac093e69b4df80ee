#pragma once

#include <cstdint>
#include <string_view>

#include "core/arena.h"

namespace bauta {

namespace sealing {
class VaultSealer;
}

// What a token in a row stands for: bytes in clear that may leave the process only sealed.  Carried
// to the sink, which alone knows what the vault has already, but readable only by sealing/.  Its
// texts live as long as its Batch; those of domain and canon may as well be the mapper's.
class Original {
 public:
  // `token`: that of the row of `event`; `value`: as it was received.
  Original(std::uint32_t event, std::string_view token, std::string_view domain,
           std::string_view canon, std::string_view value)
      : event_(event), token_(token), domain_(domain), canon_(canon), value_(value) {}
  Original(Original&&) = default;
  Original& operator=(Original&&) = default;

  std::uint32_t event() const { return event_; }  // Index into Batch::events.
  std::string_view token() const { return token_; }
  std::string_view domain() const { return domain_; }
  std::string_view canon() const { return canon_; }  // The versioned form: "ip1".

  // The same of another event, as long as `arena` lives.
  Original MoveTo(Arena& arena, std::uint32_t event) && {
    return {event, arena.Copy(token_), arena.Copy(domain_), canon_, arena.Copy(value_)};
  }

 private:
  friend class sealing::VaultSealer;
  std::uint32_t event_;
  std::string_view token_, domain_, canon_, value_;
};

}  // namespace bauta
