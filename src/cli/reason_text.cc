#include "cli/reason_text.h"

#include <array>

#include "core/reason.h"

namespace bauta::cli {
namespace {

constexpr std::array<std::string_view, kReasonCodes.size()> kMeanings = {
    "the body is no JSON",
    "the body is JSON, but no object",
    "the body nests too deeply",
    "the body is no valid UTF-8",
    "a text holds U+0000, which PostgreSQL cannot store",
    "a mapped field occurs twice in the event",
    "a required field is not there",
    "a required field is null",
    "a required field is empty",
    "the field has another type than its column",
    "the text is longer than its column",
    "the number does not fit its column",
    "the field is no date that the column can hold",
    "the field is no version like 2.3.0",
    "the field is no UUID",
    "the field does not have the form that its mask asks for",
    "the event has a field that the config does not name",
    "the message is older than the ledger remembers",
    "a constraint or a trigger of the table refuses the row",
    "a trigger of the table suppressed the row",
    "the body is not gzip in base64, or opens to too much",
    "another event had this event's key before",
    "the person or the value was erased after the message was sent",
    "a column in clear holds what looks like personal data",
};

}  // namespace

std::string_view Meaning(std::string_view reason_code) {
  for (std::size_t i = 0; i < kReasonCodes.size(); ++i) {
    if (kReasonCodes[i] == reason_code) return kMeanings[i];
  }
  return {};
}

}  // namespace bauta::cli
