#include "mapping/originals.h"

#include <utility>

#include "base/text.h"
#include "masking/by_month.h"

namespace bauta::mapping {
namespace {

constexpr std::string_view kRaw = "raw1";

}  // namespace

OriginalsOf::OriginalsOf(const MaskRule& rule, std::string canon)
    : domain_(rule.domain), canon_(std::move(canon)), has_month_(HasMonth(rule.domain)) {}

std::string_view OriginalsOf::DomainAt(std::int64_t sent_ms, Arena& arena) const {
  return has_month_ ? arena.Copy(DomainOf(domain_, masking::MonthName(masking::MonthOf(sent_ms))))
                    : std::string_view(domain_);
}

// Copies: a short body moves with the message that holds it.
Original OriginalsOf::Make(std::uint32_t event, std::string_view value, masking::Outcome outcome,
                           std::string_view token, std::int64_t sent_ms, Arena& arena) const {
  const std::string_view canon = outcome == masking::Outcome::kRaw ? kRaw : canon_;
  const std::string_view text = canon == kRaw ? value : TrimAscii(value);
  return {event, token, DomainAt(sent_ms, arena), canon, arena.Copy(text)};
}

}  // namespace bauta::mapping
