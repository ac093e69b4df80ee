#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/batch.h"
#include "core/column_rule.h"
#include "core/reason.h"
#include "mapping/event_reader.h"

namespace bauta::mapping {

// Events in one message; more refuse it as out_of_range.
inline constexpr std::size_t kMostEvents = 10'000;

// Undoes what stands between a message's body and its events: the envelope of SNS, the compression,
// the array.  One thread at a time.
//
// An envelope is a JSON object with the strings Type ("Notification"), MessageId, TopicArn and
// Message: its Message is the body, its MessageAttributes the attributes.  Any other body is taken
// as it is, as raw delivery brings it.
class BodyOpener {
 public:
  explicit BodyOpener(const BodyRules& rules);
  // There is nothing to undo.
  bool is_plain() const { return !rules_.sns && !rules_.gzip_base64 && !rules_.events; }

  // Points into what was given to Open or into the opener; good until the next call.
  struct Opened {
    std::string_view text;
    std::string_view attributes;  // A JSON object.
    // With `events`: where in `text` they stand.  Else the text is the one event.
    std::optional<std::vector<Sealable::Part>> parts;
  };
  // Or why the whole of the body is refused.
  std::variant<Opened, Reason> Open(std::string_view body, std::string_view attributes);

 private:
  std::optional<Reason> Unwrap(Opened& opened);
  std::optional<Reason> Split(Opened& opened);

  const BodyRules rules_;
  EventReader envelope_, array_;
  std::string message_, inflated_;
};

}  // namespace bauta::mapping
